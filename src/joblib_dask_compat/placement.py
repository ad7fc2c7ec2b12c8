"""Large values on the workers: which future stands for which object, and for how long.

A value goes to one worker when a task first needs it, and distributed copies it to each worker that runs such a task.
Named values (``scatter=[X]``) stay until the block ends, all others as long as the call lasts and the object lives.
"""

import hashlib
import pickle
import sys
import threading
import weakref
from typing import Any, Dict, List, Sequence, Set, Tuple

from . import serialize
from .connection import Connection
from .scattering import scatter


class NamedValues:
    """The values that ``scatter=`` names, on the workers from their first use to the end of a block.

    A value that is changed in place between two calls is placed anew: a call that uses it compares its content with
    what was placed.
    """

    def __init__(self, connection: Connection, values: Sequence[Any]) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self.values = {id(value): value for value in values}  # held, so that an id stays one object's
        self._placed: Dict[int, Tuple[Any, bytes]] = {}  # future and fingerprint

    def fresh(self, key: int) -> Any:
        """Return the future of a value as it is now."""
        with self._lock:
            form = serialize.placeable(self.values[key])
            content = fingerprint(form)
            future, placed = self._placed.get(key, (None, None))
            if content != placed or not self._connection.hold([future]):
                (future,) = scatter(self._connection, [form])
                self._placed[key] = future, content
            return future

    def release(self) -> None:
        """Let the workers drop the values."""
        self._placed.clear()
        self.values.clear()


class CallValues:
    """The large values of one call."""

    def __init__(self, connection: Connection, named: NamedValues) -> None:
        self._connection = connection
        self.named = named
        self._futures: Dict[int, Any] = {}
        self._owners: Dict[int, Any] = {}  # a weak reference, or the object where it allows none
        self._checked: Set[int] = set()

    def lack(self, values: Sequence[Any]) -> bool:
        """Tell whether any of these values is not placed yet."""
        return any(id(value) not in self._futures for value in values)

    def futures(self, values: Sequence[Any]) -> List[Any]:
        """Return a future for each value; those not placed yet are placed together, in one request."""
        missing = []
        for value in values:
            key = id(value)
            if key in self.named.values and key not in self._checked:
                self._futures[key] = self.named.fresh(key)
                self._checked.add(key)
            elif key not in self._futures:
                missing.append(value)
        if missing:
            forms = [serialize.placeable(value) for value in missing]
            for value, future in zip(missing, scatter(self._connection, forms)):
                self._hold(value)
                self._futures[id(value)] = future
        return [self._futures[id(value)] for value in values]

    def forget(self, futures: Sequence[Any]) -> None:
        """Forget where values are, so that they are placed anew when they are needed."""
        for key, future in list(self._futures.items()):
            if any(future is each for each in futures):
                self._futures.pop(key, None)
                self._checked.discard(key)

    def _hold(self, value: Any) -> None:
        key = id(value)
        futures, owners = self._futures, self._owners

        def forget(_: Any) -> None:
            futures.pop(key, None)
            owners.pop(key, None)

        try:
            owners[key] = weakref.ref(value, forget)
        except TypeError:
            owners[key] = value

    def release(self) -> None:
        """Let the workers drop the values."""
        self._owners.clear()
        self._futures.clear()


def fingerprint(form: Any) -> bytes:
    """Return a digest of the content of a value in the form in which it is placed."""
    digest = hashlib.sha1()
    numpy = sys.modules.get("numpy")
    if isinstance(form, serialize.Box):
        digest.update(form.data)
    elif numpy is not None and isinstance(form, numpy.ndarray) and _is_plain(form):
        digest.update(repr((form.dtype, form.shape)).encode())
        digest.update(form.reshape(-1).view(numpy.uint8))
    else:
        pickle.Pickler(_Sink(digest), protocol=serialize.PROTOCOL).dump(form)
    return digest.digest()


def _is_plain(array: Any) -> bool:
    """Tell whether an array's memory, from one end to the other, is its content."""
    return bool(array.flags.c_contiguous and not array.dtype.hasobject and array.size)


class _Sink:
    """A file that only hashes what is written to it."""

    def __init__(self, digest: Any) -> None:
        self.write = digest.update
