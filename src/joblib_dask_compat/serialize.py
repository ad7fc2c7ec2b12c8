"""Tasks as bytes, with large values taken out and placed on the workers.

A batch is pickled here and not by distributed: what cannot be pickled then raises at once and under its own name on
every version, ``(callable, ...)`` tuples in arguments are not taken for graph tasks, and a large value is noticed
wherever it stands, in a list, a dict, an estimator's attribute or a closure. Its place in the pickle is taken by a
reference, so the structure around it keeps its types.
"""

import io
import pickle
import sys
from typing import Any, Callable, Container, Dict, List, Optional, Sequence, Tuple

#: Bytes from which a value is placed on the workers once instead of being sent with each task. Placing costs a
#: round trip to the cluster (5 to 10 ms); pickling and sending this much costs about a tenth of that per batch.
LARGE = 1 << 16

#: Understood by every interpreter from 3.6 on; out-of-band buffers would not survive the way through distributed.
PROTOCOL = 4

_WORD = 8  # bytes that a container spends on each of its elements, at least


class LargeValues:
    """The large values that `dumps` left out of a pickle, in the order in which `loads` wants them.

    Parameters
    ----------
    always : container of int
        Identities of values to be left out whatever their size.
    """

    def __init__(self, always: Container[int] = ()) -> None:
        self.values: List[Any] = []
        self._always = always
        self._positions: Dict[int, int] = {}

    def position(self, value: Any) -> Optional[int]:
        """Return the place of a value among those left out, None for one that stays in."""
        key = id(value)
        if key in self._positions:
            return self._positions[key]
        if not (is_large(value) or key in self._always):
            return None
        self.values.append(value)
        self._positions[key] = len(self._positions)
        return self._positions[key]


def dumps(value: Any, large: Optional[LargeValues] = None) -> bytes:
    """Pickle a value, functions and classes of ``__main__`` included.

    Parameters
    ----------
    value : object
    large : LargeValues, optional
        Takes the large values; None, they stay in the pickle.

    Returns
    -------
    bytes

    Raises
    ------
    Exception
        Whatever pickling raised.
    """
    import cloudpickle

    if large is None:
        data: bytes = cloudpickle.dumps(value, protocol=PROTOCOL)
        return data
    take_out = large.position

    class Pickler(cloudpickle.CloudPickler):  # type: ignore[misc,unused-ignore]
        persistent_id = staticmethod(take_out)

    stream = io.BytesIO()
    Pickler(stream, protocol=PROTOCOL).dump(value)
    return stream.getvalue()


def loads(data: bytes, large: Sequence[Any] = ()) -> Any:
    """Unpickle what `dumps` made; `large` holds the placed values (see `placeable`)."""

    class Unpickler(pickle.Unpickler):
        def persistent_load(self, position: Any) -> Any:
            value = large[position]
            return loads(value.data) if isinstance(value, Pickled) else value

    return Unpickler(io.BytesIO(data)).load()


class Pickled:
    """A value that would lose its type in distributed's own serialisation, as bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data


def placeable(value: Any) -> Any:
    """Return the form in which a large value is placed so that it arrives with its type.

    distributed serialises every subclass of an array as the plain array that it extends.
    """
    numpy = sys.modules.get("numpy")
    if numpy is None or not isinstance(value, numpy.ndarray) or type(value) is numpy.ndarray:
        return value
    if isinstance(value, numpy.memmap):
        return numpy.asarray(value)
    return Pickled(dumps(value))


def is_large(value: Any) -> bool:
    """Tell whether a value holds at least `LARGE` bytes."""
    measure = _measure_of(type(value))
    return measure is not None and measure(value) >= LARGE


_measures: Dict[type, Optional[Callable[[Any], int]]] = {}


def _measure_of(cls: type) -> Optional[Callable[[Any], int]]:
    """Return the function that tells the bytes of a class's instances, None where they never are large."""
    try:
        return _measures[cls]
    except KeyError:
        measure = _measures[cls] = next((size for fits, size in _MEASURES if fits(cls)), None)
        return measure


def _is_lazy(cls: type) -> bool:
    return hasattr(cls, "__dask_graph__")  # a dask collection: its nbytes are not here


#: By kind of class, first match first: how many bytes an instance holds. Cheap, and from below.
_MEASURES: Tuple[Tuple[Callable[[type], bool], Callable[[Any], int]], ...] = (
    (lambda cls: issubclass(cls, (type, int, float)) or _is_lazy(cls), lambda value: 0),
    (lambda cls: issubclass(cls, (bytes, bytearray, str)), len),
    (
        lambda cls: issubclass(cls, (list, tuple, dict, set, frozenset)),
        lambda value: len(value) * _WORD,
    ),
    (lambda cls: hasattr(cls, "nbytes"), lambda value: value.nbytes),
    (lambda cls: hasattr(cls, "memory_usage"), lambda value: int(value.memory_usage().sum())),
)
