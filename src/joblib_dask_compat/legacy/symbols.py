"""The pickle machine over symbols: which names are looked up, and where joblib's arrays lie."""

import pickletools
import re
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from .streams import Bytes


class UnfollowableError(ValueError):
    """What the program does next depends on what something in it returns."""


class Global(NamedTuple):
    """A name that is looked up."""

    module: str
    name: str

    def __str__(self) -> str:
        return f"{self.module}.{self.name}"


class Made:
    """What calling a global would give, or making an object of it without calling its constructor (`bare`)."""

    def __init__(self, maker: Any, arguments: Any, bare: bool = False) -> None:
        self.maker = maker
        self.arguments = arguments
        self.bare = bare
        self.state: Any = None


class Opaque:
    """Any other value."""


_OPAQUE = Opaque()
_MARK = Opaque()

#: After one of these is built, joblib reads an array from the file before it goes on.
_WRAPPERS = ("joblib.numpy_pickle.NumpyArrayWrapper", "sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper")
_WRAPPERS_STATE = {"subclass", "shape", "order", "dtype", "allow_mmap"}

#: By these names, an array wrapper of who knows which joblib; the last two had their arrays in other files.
_WRAPPERS_NAMES = ("NumpyArrayWrapper", "NDArrayWrapper", "ZNDArrayWrapper")

#: Modules whose functions return whatever they are told to, and what in them is a plain class.
_DISGUISING = ("builtins", "copy", "copyreg", "functools", "importlib", "itertools", "operator", "pickle", "types")
_PLAIN = ("builtins.object", "builtins.set", "functools.partial", "types.SimpleNamespace")

_LONGEST_NAME = 2**16
_VERSION = re.compile(r"_(\w+)_version")


class Machine:
    """Runs a pickle over symbols.

    Parameters
    ----------
    most : int
        Steps that it may take.

    Attributes
    ----------
    protocol, arrays : int
    globals : dict
        An ordered set: the names that are looked up.
    versions : dict
        From a package to an ordered set of its versions.
    """

    def __init__(self, most: int) -> None:
        self.protocol = 0
        self.arrays = 0
        self.globals: Dict[str, None] = {}
        self.versions: Dict[str, Dict[str, None]] = {}
        self._left = most
        self._stack: List[Any] = []
        self._memo: Dict[int, Any] = {}
        self._loose_wrapper = False
        self._wrapper = ""

    def run(self, stream: Bytes, with_arrays: bool = True) -> None:
        """Run one pickle to its end.

        Parameters
        ----------
        stream : Bytes
        with_arrays : bool
            Whether it is joblib that reads it, and finds arrays in it.
        """
        self._stack, self._memo, self.protocol = [], {}, 0
        frame_ends = 0
        # pickletools reads one opcode at a time, and leaves the stream behind it
        for opcode, argument, _ in pickletools.genops(stream):  # type: ignore[arg-type]
            self._left -= 1
            if self._left < 0:
                raise UnfollowableError("it has too many steps")
            name = opcode.name
            if name == "FRAME":
                frame_ends = stream.position + int(argument or 0)
            try:
                known = _STEPS.get(name)
                if known is not None:
                    known(self, argument)
                else:
                    self._by_the_book(opcode, argument)
            except (IndexError, KeyError, TypeError, AttributeError) as exc:
                raise UnfollowableError(f"{name} finds nothing on the stack to work on") from exc
            if name == "BUILD" and with_arrays and self._is_wrapper(self._stack[-1]):
                if stream.position < frame_ends:
                    raise UnfollowableError("an array begins in the middle of a frame")
                self._pass_over_array(stream, self._stack[-1].state)
                self._stack[-1] = _OPAQUE
        if stream.position < frame_ends:
            raise UnfollowableError("it ends in the middle of a frame")

    # -- opcodes

    def _by_the_book(self, opcode: Any, argument: Any) -> None:
        """Take from the stack and put onto it what pickletools says of an opcode."""
        before, after = list(opcode.stack_before), list(opcode.stack_after)
        if pickletools.markobject in before:
            self._take_to_mark()
            before = before[: before.index(pickletools.markobject)]
        for _ in before:
            self._stack.pop()
        if after:
            kept = isinstance(argument, int) or (isinstance(argument, str) and len(argument) <= _LONGEST_NAME)
            plain = kept and not before
            self._stack.extend([argument if plain else _OPAQUE] * len(after))

    def _take_to_mark(self) -> List[Any]:
        place = len(self._stack) - 1
        while self._stack[place] is not _MARK:
            place -= 1
            if place < 0:
                raise IndexError
        taken = self._stack[place + 1 :]
        del self._stack[place:]
        self._consume(*taken)
        return taken

    def _consume(self, *values: Any) -> None:
        """Take note when an array wrapper becomes part of something: it may then come back unrecognised."""
        if any(_is_of_wrapper(value) for value in values):
            self._loose_wrapper = True

    def _look_up(self, module: Any, name: Any) -> None:
        if not isinstance(module, str) or not isinstance(name, str):
            raise UnfollowableError("it makes up the name of a global while it runs")
        if self.protocol < 3:  # as pickle does, for what Python 2 wrote
            module, name = NAME_MAPPING.get((module, name), (IMPORT_MAPPING.get(module, module), name))
        found = Global(module, name)
        self.globals.setdefault(str(found))
        self._stack.append(found)

    def _proto(self, argument: Any) -> None:
        self.protocol = argument

    def _mark(self, _: Any) -> None:
        self._stack.append(_MARK)

    def _constant(self, value: Any) -> None:
        self._stack.append(value)

    def _named(self, argument: str) -> None:
        self._look_up(*_two_words(argument))

    def _stack_global(self, _: Any) -> None:
        name, module = self._stack.pop(), self._stack.pop()
        self._look_up(module, name)

    def _extension(self, code: int) -> None:
        raise UnfollowableError(f"it names a global by its number in copyreg's registry: {code}")

    def _make(self, _: Any) -> None:
        arguments, maker = self._stack.pop(), self._stack.pop()
        self._consume(arguments)
        self._stack.append(Made(maker, arguments))

    def _make_bare(self, _: Any) -> None:
        self._make(_)
        self._stack[-1].bare = self._stack[-1].arguments == ()

    def _make_with_keywords(self, _: Any) -> None:
        self._stack.pop()
        self._make(_)

    def _make_named(self, argument: str) -> None:
        arguments = tuple(self._take_to_mark())
        self._look_up(*_two_words(argument))
        self._stack.append(Made(self._stack.pop(), arguments))

    def _make_from_mark(self, _: Any) -> None:
        maker, *arguments = self._take_to_mark()
        self._stack.append(Made(maker, tuple(arguments)))

    def _build(self, _: Any) -> None:
        state, made = self._stack.pop(), self._stack[-1]
        self._consume(state)
        if isinstance(made, Made):
            made.state = state

    def _tuple_of(self, count: int) -> None:
        items = tuple(self._stack[len(self._stack) - count :]) if count else ()
        del self._stack[len(self._stack) - count :]
        if len(items) != count:
            raise IndexError
        self._consume(*items)
        self._stack.append(items)

    def _tuple_to_mark(self, _: Any) -> None:
        self._stack.append(tuple(self._take_to_mark()))

    def _empty_dict(self, _: Any) -> None:
        self._stack.append({})

    def _dict_to_mark(self, _: Any) -> None:
        items = self._take_to_mark()
        self._stack.append({})
        self._put(items)

    def _set_item(self, _: Any) -> None:
        value, key = self._stack.pop(), self._stack.pop()
        self._consume(key, value)
        self._put([key, value])

    def _append(self, _: Any) -> None:
        self._consume(self._stack.pop())

    def _append_to_mark(self, _: Any) -> None:
        self._take_to_mark()

    def _set_items(self, _: Any) -> None:
        self._put(self._take_to_mark())

    def _put(self, items: List[Any]) -> None:
        target = self._stack[-1]
        for key, value in zip(items[::2], items[1::2]):
            if isinstance(key, str):
                match = _VERSION.fullmatch(key)
                if match is not None and isinstance(value, str):
                    self.versions.setdefault(match.group(1), {}).setdefault(value)
            if isinstance(target, dict):
                target[key if isinstance(key, str) else _OPAQUE] = value

    def _pop(self, _: Any) -> None:
        self._stack.pop()

    def _pop_mark(self, _: Any) -> None:
        self._take_to_mark()

    def _duplicate(self, _: Any) -> None:
        self._stack.append(self._stack[-1])

    def _remember(self, index: int) -> None:
        self._memo[index] = self._stack[-1]

    def _remember_next(self, _: Any) -> None:
        self._memo[len(self._memo)] = self._stack[-1]

    def _recall(self, index: int) -> None:
        self._stack.append(self._memo[index])

    # -- joblib's arrays

    def _is_wrapper(self, built: Any) -> bool:
        """Tell whether joblib takes a built object for one of its wrappers; give up where that is unsure."""
        made = _reconstructed(built)
        maker = str(made.maker)
        if not isinstance(made.maker, Global):
            raise UnfollowableError("it changes an object of which it is not clear what it is")
        if maker in _WRAPPERS:
            if not made.bare or self._wrapper not in ("", maker):
                raise UnfollowableError("an array wrapper of joblib's is made in an unusual way")
            self._wrapper = maker
            return True
        if made.maker.name.rpartition(".")[2] in _WRAPPERS_NAMES:
            raise UnfollowableError(f"{maker} is of a joblib that this is not")
        if self._loose_wrapper or (made.maker.module.partition(".")[0] in _DISGUISING and maker not in _PLAIN):
            raise UnfollowableError(f"what {maker} returns may be an array wrapper of joblib's")
        return False

    def _pass_over_array(self, stream: Bytes, state: Any) -> None:
        if not isinstance(state, dict) or _OPAQUE in state or not set(state) >= _WRAPPERS_STATE:
            raise UnfollowableError("an array wrapper of joblib's does not say how long its array is")
        shape, dtype = state["shape"], state["dtype"]
        self.arrays += 1
        if _holds_objects(dtype):
            outer = self._stack, self._memo, self.protocol
            self.run(stream, with_arrays=False)
            self._stack, self._memo, self.protocol = outer
            return
        if state.get("numpy_array_alignment_bytes") is not None:  # joblib >= 1.2 says how many bytes it left out
            stream.skip(stream.read(1)[0])
        if not (isinstance(shape, tuple) and all(type(extent) is int and extent >= 0 for extent in shape)):
            raise UnfollowableError("the shape of an array is not given in numbers")
        length = 0 if 0 in shape else _size(dtype)
        for extent in shape if length else ():
            # at every step, as the product of such numbers may fill the memory
            stream.check(max(length, extent))
            length *= extent
        stream.skip(length)


def _two_words(argument: str) -> List[str]:
    # pickletools puts a space between a module and a name, and either may have one
    words = argument.split(" ")
    if len(words) != 2:
        raise UnfollowableError(f"it names a global with a space: {argument!r}")
    return words


def _is_of_wrapper(value: Any) -> bool:
    made_by = value.maker if isinstance(value, Made) else value
    return isinstance(made_by, Global) and str(made_by) in _WRAPPERS


def _reconstructed(built: Any) -> Made:
    """Return a built object, as if it was made without the function that protocols 0 and 1 make it with."""
    if not isinstance(built, Made):
        return Made(None, ())
    if str(built.maker) == "copyreg._reconstructor":
        cls, base, state = built.arguments
        return Made(cls, (), bare=str(base) == "builtins.object" and state is None)
    return built


def _type(dtype: Any) -> Tuple[str, Tuple[Any, ...]]:
    """Return a numpy dtype's code, such as ``"f8"``, and its state."""
    if not (isinstance(dtype, Made) and str(dtype.maker) == "numpy.dtype" and isinstance(dtype.state, tuple)):
        raise UnfollowableError("an array has no type that numpy's own dtype stands for")
    code = dtype.arguments[0]
    if not (isinstance(code, str) and re.fullmatch(r"[biufcmMOSUV]\d{1,9}", code)) or len(dtype.state) < 8:
        raise UnfollowableError(f"an array has a type that is not known: {code!r}")
    return code, dtype.state


def _size(dtype: Any) -> int:
    """Return how many bytes an element takes: for texts, bytes and records the state says so, else the code."""
    code, state = _type(dtype)
    size = state[5] if code[0] in "SUV" else int(code[1:])
    if type(size) is not int or size < 0:
        raise UnfollowableError(f"an array has a type without a size: {code!r}")
    return size


def _holds_objects(dtype: Any, seen: Optional[Dict[int, bool]] = None) -> bool:
    seen = {} if seen is None else seen  # a type may hold another many times over, which doubles at every level
    if id(dtype) in seen:
        return seen[id(dtype)]
    code, state = _type(dtype)
    subarray, fields, flags = state[2], state[4], state[7]
    holds = code[0] == "O"
    if isinstance(fields, dict):
        holds = any(_holds_objects(field[0], seen) for field in fields.values())
    elif isinstance(subarray, tuple):
        holds = _holds_objects(subarray[0], seen)
    if type(flags) is not int or bool(flags & 1) != holds:  # numpy believes the flag
        raise UnfollowableError("the type of an array contradicts itself")
    seen[id(dtype)] = holds
    return holds


_STEPS: Dict[str, Callable[[Machine, Any], None]] = {
    "PROTO": Machine._proto,
    "MARK": Machine._mark,
    "GLOBAL": Machine._named,
    "STACK_GLOBAL": Machine._stack_global,
    **dict.fromkeys(("EXT1", "EXT2", "EXT4"), Machine._extension),
    "REDUCE": Machine._make,
    "NEWOBJ": Machine._make_bare,
    "NEWOBJ_EX": Machine._make_with_keywords,
    "INST": Machine._make_named,
    "OBJ": Machine._make_from_mark,
    "BUILD": Machine._build,
    "EMPTY_TUPLE": lambda machine, _: machine._tuple_of(0),
    "TUPLE1": lambda machine, _: machine._tuple_of(1),
    "TUPLE2": lambda machine, _: machine._tuple_of(2),
    "TUPLE3": lambda machine, _: machine._tuple_of(3),
    "TUPLE": Machine._tuple_to_mark,
    "EMPTY_DICT": Machine._empty_dict,
    "DICT": Machine._dict_to_mark,
    "SETITEM": Machine._set_item,
    "SETITEMS": Machine._set_items,
    "APPEND": Machine._append,
    **dict.fromkeys(("APPENDS", "ADDITEMS"), Machine._append_to_mark),
    "POP": Machine._pop,
    "POP_MARK": Machine._pop_mark,
    "DUP": Machine._duplicate,
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), Machine._remember),
    "MEMOIZE": Machine._remember_next,
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), Machine._recall),
    "NONE": lambda machine, _: machine._constant(None),
    "NEWTRUE": lambda machine, _: machine._constant(True),
    "NEWFALSE": lambda machine, _: machine._constant(False),
}
