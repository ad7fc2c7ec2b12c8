"""Tasks as bytes, with large values taken out and placed on the workers.

A batch is pickled here and not by distributed: what cannot be pickled then raises at once and under its own name on
every version, ``(callable, ...)`` tuples in arguments are not taken for graph tasks, and a large value is noticed
wherever it stands, in a list, a dict, an estimator's attribute or a closure. Its place in the pickle is taken by a
reference, so the structure around it keeps its types.
"""

import functools
import importlib
import io
import pickle
import sys
from typing import Any, Callable, Container, Dict, List, Optional, Sequence, Tuple

from .shipping import shipped

#: Bytes from which a value is placed on the workers once instead of being sent with each task. Placing costs a
#: round trip to the cluster (5 to 10 ms); pickling and sending this much costs about a tenth of that per batch.
LARGE = 1 << 16

#: Understood by every interpreter from 3.6 on; out-of-band buffers would not survive the way through distributed.
PROTOCOL = 4

#: What stands for a large value in a pickle: its position, and whether it is in a `Box`.
Reference = Tuple[int, bool]

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
        self.always = always
        self.references: Dict[int, Reference] = {}  #: by identity

    def reference(self, value: Any) -> Reference:
        """Leave a value out, and return what stands for it in the pickle."""
        key = id(value)
        if key not in self.references:
            self.references[key] = len(self.values), needs_box(value)
            self.values.append(value)
        return self.references[key]


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
    stream = io.BytesIO()
    _pickler()(stream, large).dump(value)
    return stream.getvalue()


def loads(data: bytes, large: Sequence[Any] = ()) -> Any:
    """Unpickle what `dumps` made; `large` holds the placed values (see `placeable`)."""
    return _Unpickler(data, large).load()


@functools.lru_cache(maxsize=None)
def _pickler() -> Any:
    import cloudpickle

    class Pickler(cloudpickle.CloudPickler):  # type: ignore[misc,unused-ignore]
        def __init__(self, stream: io.BytesIO, large: LargeValues) -> None:
            super().__init__(stream, protocol=PROTOCOL)
            self._large = large
            self._always = large.always
            self._known = large.references

        def persistent_id(self, value: Any) -> Optional[Reference]:
            # called for every object, of which one task of scikit-learn 1.9 has thousands: no further calls for most
            size = _sizes[type(value)]
            small = size is None or (id(value) not in self._known and size(value) < LARGE)
            if small and id(value) not in self._always:
                return None
            return self._large.reference(value)

    return Pickler


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, large: Sequence[Any]) -> None:
        super().__init__(io.BytesIO(data))
        self._large = large

    def persistent_load(self, reference: Any) -> Any:
        position, is_boxed = reference
        return self._large[position].value if is_boxed else self._large[position]

    if sys.version_info < (3, 7, 3):
        # until then pickle takes a module for whole that another thread is still importing (bpo-34572)
        def find_class(self, module: str, name: str) -> Any:
            importlib.import_module(module)  # waits for it
            return super().find_class(module, name)


class Box:
    """A large value that arrives on every worker with its type, however it travels between them.

    It is opened by the first task that uses it, so that what cannot be unpickled raises in that task.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._opened: List[Any] = []

    @property
    def value(self) -> Any:
        """The value itself; the same object for all tasks of a worker."""
        if not self._opened:
            self._opened.append(loads(self.data))
        return self._opened[0]

    def __reduce__(self) -> Any:
        # the class itself need not be on the worker: it comes along
        return shipped("serialize", "Box"), (self.data,)

    def __sizeof__(self) -> int:
        return 2 * len(self.data)


def needs_box(value: Any) -> bool:
    """Tell whether distributed's own serialisation may change a value's type.

    Plain arrays and DataFrames stay what they are. A subclass of an array becomes the array that it extends, and in
    old releases bytes become a bytearray.
    """
    cls = type(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None and cls in (numpy.ndarray, numpy.memmap):
        return False
    return not hasattr(cls, "memory_usage")


def placeable(value: Any) -> Any:
    """Return the form in which a large value is placed."""
    if needs_box(value):
        return Box(dumps(value))
    numpy = sys.modules.get("numpy")
    if numpy is not None and isinstance(value, numpy.memmap):
        return numpy.asarray(value)
    return value


Size = Optional[Callable[[Any], int]]  # tells the bytes of a class's instances; None where they never are large


class _Sizes(Dict[type, Size]):
    """By class; each is looked for once, for this is asked of all that is pickled."""

    def __missing__(self, cls: type) -> Size:
        size = self[cls] = next((size for fits, size in _KINDS if fits(cls)), None)
        return size


_sizes = _Sizes()


def _is_lazy(cls: type) -> bool:
    return hasattr(cls, "__dask_graph__")  # a dask collection: its nbytes are not here


#: By kind of class, first match first: how many bytes an instance holds. Cheap, and from below.
_KINDS: Tuple[Tuple[Callable[[type], bool], Callable[[Any], int]], ...] = (
    (lambda cls: issubclass(cls, (type, int, float)) or _is_lazy(cls), lambda value: 0),
    (lambda cls: issubclass(cls, (bytes, bytearray, str)), len),
    (
        lambda cls: issubclass(cls, (list, tuple, dict, set, frozenset)),
        lambda value: len(value) * _WORD,
    ),
    (lambda cls: hasattr(cls, "nbytes"), lambda value: value.nbytes),
    (lambda cls: hasattr(cls, "memory_usage"), lambda value: int(value.memory_usage().sum())),
)
