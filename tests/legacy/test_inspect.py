"""`legacy.inspect` lists what a file names, exactly, and runs none of it."""

import bz2
import copy
import gzip
import io
import json
import lzma
import os
import pickle
import pickletools
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import joblib
import jsonschema
import numpy as np
import pytest
from joblib.numpy_pickle import NumpyArrayWrapper

from joblib_dask_compat import legacy
from joblib_dask_compat.legacy import streams

DATA = Path(__file__).parent / "data"
SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "inspect-pickle.json"
FILES = sorted(DATA.rglob("*.pkl"))


def described(value, **options):
    file = io.BytesIO()
    joblib.dump(value, file, **options)
    file.seek(0)
    return legacy.inspect(file)


# -- it is right

LOOKED_UP = """
import json, sys, warnings
warnings.simplefilter("ignore")
looked_up = {}
def hook(event, arguments):
    if event == "pickle.find_class":
        looked_up.setdefault("{}.{}".format(*arguments))
from joblib_dask_compat import legacy
from joblib_dask_compat.errors import OldPickleError
legacy.install()
import joblib, sklearn.linear_model
sys.addaudithook(hook)
told = {}
for path in sys.argv[1:]:
    looked_up.clear()
    try:
        joblib.load(path)
    except Exception as exc:
        told[path] = [list(looked_up), False]
    else:
        told[path] = [list(looked_up), True]
print(json.dumps(told))
"""


def test_globals_are_those_that_loading_looks_up():
    command = [sys.executable, "-c", LOOKED_UP, *map(str, FILES)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    told = json.loads(done.stdout)
    assert sum(loaded for _, loaded in told.values()) > 20
    for path, (looked_up, loaded) in told.items():
        found = legacy.inspect(path)
        assert found.complete
        assert list(found.globals[: len(looked_up)]) == looked_up  # a failed load stops in the midst of it
        assert not loaded or len(found.globals) == len(looked_up)


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_versions_are_those_of_the_writer(path):
    found = legacy.inspect(path)
    assert found.versions == {"sklearn": (path.parent.name,)}
    assert found.complete
    assert found.arrays > 0


COMPRESSIONS = [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)]


@pytest.mark.parametrize("compress", COMPRESSIONS, ids=lambda each: each[0] if each else "none")
@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_compressions_and_protocols(compress, protocol):
    value = [np.arange(1000.0), {"_sklearn_version": "0.19.2"}, Path("x")]
    found = described(value, compress=compress, protocol=protocol)
    assert found.complete, found.reason
    assert found.compression == (compress[0] if compress else "none")
    assert found.protocol == protocol
    assert found.versions == {"sklearn": ("0.19.2",)}
    assert found.globals[-1].endswith("Path")  # looked up after the array was passed over
    assert found.arrays == 1


ARRAYS = {
    "empty": np.empty((0, 3)),
    "no dimensions": np.array(1.5),
    "column by column": np.asfortranarray(np.arange(12.0).reshape(3, 4)),
    "booleans": np.ones(7, dtype=bool),
    "complex": np.ones(3, dtype=complex),
    "text": np.array(["one", "three"]),
    "bytes": np.array([b"one", b"three"]),
    "dates": np.array(["2020-01-01"], dtype="datetime64[D]"),
    "big endian": np.arange(5, dtype=">i4"),
    "records": np.zeros(3, dtype=[("a", "<i8"), ("b", "u1"), ("c", "<f4", (2,))]),
    "padded records": np.zeros(3, dtype=np.dtype([("a", "u1"), ("b", "<f8")], align=True)),
    "objects": np.array([{"_sklearn_version": "0.24.2"}, Path("y")], dtype=object),
    "records of objects": np.array([(1, "x")], dtype=[("a", int), ("b", object)]),
    "masked": np.ma.masked_array([1.0, 2.0], mask=[True, False]),
    "bytes that look like a program": np.frombuffer(pickle.dumps(os.system) * 10, dtype="u1"),
}


@pytest.mark.parametrize("array", ARRAYS.values(), ids=ARRAYS)
def test_arrays_are_passed_over(array):
    found = described([array, array[:0] if array.ndim else 0, Path("x")])
    assert found.complete, found.reason
    assert found.globals[-1].endswith("Path")
    assert "posix.system" not in found.globals


def test_plain_pickles_too():
    file = io.BytesIO(pickle.dumps([Path("x"), np.arange(3), range(2)]))
    found = legacy.inspect(file)
    assert found.complete
    assert found.arrays == 0
    assert any(name.endswith("Path") for name in found.globals)


def test_names_of_python_2_are_given_as_those_of_python_3():
    found = legacy.inspect(io.BytesIO(pickle.dumps(range(2), protocol=2)))
    assert found.globals == ("builtins.range",)


def test_file_is_left_where_it_was():
    file = io.BytesIO(b"before" + pickle.dumps(1))
    file.seek(6)
    assert legacy.inspect(file).complete
    assert file.tell() == 6


# -- nothing is run


class Evil:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("compress", COMPRESSIONS, ids=lambda each: each[0] if each else "none")
def test_nothing_of_it_is_run(tmp_path, compress):
    joblib.dump([np.arange(3), Evil(tmp_path / "ran")], tmp_path / "model.pkl", compress=compress)
    found = legacy.inspect(tmp_path / "model.pkl")
    assert "posix.system" in found.globals
    assert found.complete
    assert not (tmp_path / "ran").exists()
    joblib.load(tmp_path / "model.pkl")  # the file does what the list makes one fear
    assert (tmp_path / "ran").exists()


# -- what cannot be followed is told, not guessed


def wrapper(**changes):
    made = NumpyArrayWrapper(np.ndarray, (3,), "C", np.dtype("u1"), numpy_array_alignment_bytes=None)
    vars(made).update(changes)
    return made


class Returning:
    """Is pickled as what a function returns, given something."""

    def __init__(self, function, *arguments, state=None):
        self.made = (function, arguments, state)

    def __reduce__(self):
        return self.made


def raw(value, after=b"\x00\x00\x00"):
    """A pickle of a wrapper with the bytes of its array after it, and a program after that."""
    program = pickle.dumps(value, protocol=3)
    assert program.endswith(b".")
    return program[:-1] + after + b"0cposix\nsystem\n."


DISGUISED = {
    "returned by a function": Returning(copy.copy, wrapper(), state={}),
    "returned by a getter": Returning(getattr, wrapper(), "x", state={}),
    "made with a constructor": Returning(NumpyArrayWrapper, np.ndarray, (3,), "C", np.dtype("u1"), state={}),
    "no shape": wrapper(shape="many"),
    "negative shape": wrapper(shape=(-1,)),
    "unknown type": wrapper(dtype=np.zeros(3)),
}


@pytest.mark.parametrize("value", DISGUISED.values(), ids=DISGUISED)
def test_array_in_disguise_is_not_guessed_at(value):
    found = legacy.inspect(io.BytesIO(raw(value)))
    assert not found.complete
    assert found.reason


def assembled(program, **symbols):
    """A program in which `NAME` stands for what pickles the value of that name, without its beginning and end."""
    for name, value in symbols.items():
        program = program.replace(name.encode(), pickle.dumps(value, protocol=3)[2:-1])
    return b"\x80\x03" + program


WRAPPER = b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n"
ITS_STATE = {"subclass": np.ndarray, "shape": (3,), "order": "C", "dtype": np.dtype("u1"), "allow_mmap": False}
#: In each, joblib would pass over more or fewer bytes than its state seems to say.
LIES = {
    "constructed, so it has an alignment": assembled(
        WRAPPER + b"ARGUMENTSRSTATEb", ARGUMENTS=(np.ndarray, (3,), "C", np.dtype("u1")), STATE=ITS_STATE
    ),
    "a key that is computed": assembled(
        WRAPPER + b")\x81STATE" + b"cbuiltins\nstr\n(Vshape\ntRK\x09\x85sb", STATE=ITS_STATE
    ),
    "a base that sets attributes": assembled(
        b"ccopyreg\n_reconstructor\n(" + WRAPPER + WRAPPER + b"NtRSTATEb", STATE=ITS_STATE
    ),
    "attributes of the class": assembled(WRAPPER + b"NSTATE\x86b", STATE={"numpy_array_alignment_bytes": 16}),
    "of two joblibs": assembled(
        WRAPPER + b")\x81STATEbaaa0" + WRAPPER.replace(b"cjoblib", b"csklearn.externals.joblib") + b")\x81STATEb",
        STATE=ITS_STATE,
    ),
    "a size that numpy ignores": assembled(
        WRAPPER + b")\x81STATEb",
        STATE={**ITS_STATE, "dtype": Returning(np.dtype, "f8", 0, 1, state=(3, "<", None, None, None, 100, -1, 1))},
    ),
    "objects that the flags deny": assembled(
        WRAPPER + b")\x81STATEb",
        STATE={**ITS_STATE, "dtype": Returning(np.dtype, "O8", 0, 1, state=(3, "|", None, None, None, -1, -1, 0))},
    ),
}


@pytest.mark.parametrize("program", LIES.values(), ids=LIES)
def test_lies_about_arrays_are_not_believed(program):
    found = legacy.inspect(io.BytesIO(program + b"\x00" * 1000 + b"."))
    assert not found.complete
    assert "damaged" not in found.reason, found.reason


def test_size_of_a_plain_type_is_that_of_its_code():
    lying = Returning(np.dtype, "u1", 0, 1, state=(3, "|", None, None, None, 100, -1, 0))
    program = assembled(WRAPPER + b")\x81STATEb", STATE={**ITS_STATE, "dtype": lying})
    found = legacy.inspect(io.BytesIO(program + b"\x00" * 3 + b"0cposix\nsystem\n."))
    assert found.complete
    assert found.globals[-1] == "posix.system"


def test_objects_in_a_frame_that_goes_on_are_not_guessed_at():
    inner = pickle.dumps([1], protocol=4)
    length = struct.unpack("<Q", inner[3:11])[0]
    inner = inner[:3] + struct.pack("<Q", length + 20) + inner[11:] + b"x" * 20
    program = assembled(WRAPPER + b")\x81STATEb", STATE={**ITS_STATE, "dtype": np.dtype("O")})
    assert not legacy.inspect(io.BytesIO(program + inner + b".")).complete


def test_array_of_a_class_that_was_looked_up_by_a_function_is_not_guessed_at():
    program = b"\x80\x03cbuiltins\ngetattr\n(cjoblib\nnumpy_pickle\nX\x11\x00\x00\x00NumpyArrayWrappertR)\x81}b"
    found = legacy.inspect(io.BytesIO(program + b"N."))
    assert found.globals == ("builtins.getattr", "joblib.numpy_pickle")
    assert not found.complete


def test_what_comes_after_an_array_is_read():
    found = legacy.inspect(io.BytesIO(raw(wrapper())))
    assert found.complete
    assert found.globals[-1] == "posix.system"


def test_array_in_the_middle_of_a_frame_is_not_guessed_at():
    program = pickle.dumps(wrapper(), protocol=4)
    assert not legacy.inspect(io.BytesIO(program + b"\x00" * 3)).complete


UNFOLLOWABLE = {
    "a made-up name": b"\x80\x04cbuiltins\ngetattr\nN\x93.",
    "a name with a space": b"\x80\x02cos path\nsystem\n.",
    "an extension": b"\x80\x02\x82\x01.",
    "nothing on the stack": b"\x80\x02R.",
    "no mark": b"\x80\x02(t1t.t",
    "an unknown opcode": b"\x80\x02\xff.",
    "cut off": pickle.dumps(list(range(100)))[:-3],
    "empty": b"",
    "text": b"this is no pickle\n",
    "lz4": b"\x04\x22\x4d\x18aaaa",
    "joblib 0.9": b"ZF0x1000              x",
    "cut off zlib": zlib.compress(pickle.dumps(list(range(1000))))[:-10],
    "bad gzip": b"\x1f\x8b" + b"a" * 30,
}


@pytest.mark.parametrize("data", UNFOLLOWABLE.values(), ids=UNFOLLOWABLE)
def test_damaged_and_strange_files_are_told(data):
    found = legacy.inspect(io.BytesIO(data))
    assert not found.complete
    assert found.reason


def test_missing_file_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        legacy.inspect(tmp_path / "nothing.pkl")


# -- limits


def nothing_but(opcodes):
    return b"\x80\x02" + opcodes + b"N."


BOMBS = {
    "zlib": zlib.compress(nothing_but(b"N0" * 5_000_000)),
    "gzip": gzip.compress(nothing_but(b"N0" * 5_000_000)),
    "bz2": bz2.compress(nothing_but(b"N0" * 5_000_000)),
    "xz": lzma.compress(nothing_but(b"N0" * 5_000_000)),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_bombs_do_not_go_off(bomb):
    assert len(bomb) < 100_000
    found = legacy.inspect(io.BytesIO(bomb), max_bytes=100_000)
    assert not found.complete
    assert "there are at most" in found.reason


def test_dictionary_of_a_decompressor_is_limited():
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 2**30}]
    found = legacy.inspect(io.BytesIO(lzma.compress(pickle.dumps(1), filters=filters)))
    assert not found.complete
    assert "Memory" in found.reason


CLAIMS = {
    "of bytes": b"\x80\x04\x8e" + struct.pack("<Q", 2**60),
    "of text": b"\x80\x04\x8d" + struct.pack("<Q", 2**60),
    "of a bytearray": b"\x80\x05\x96" + struct.pack("<Q", 2**60),
    "of an array": pickle.dumps(wrapper(shape=(2**60,)), protocol=3)[:-1],
}


@pytest.mark.parametrize("data", CLAIMS.values(), ids=CLAIMS)
def test_claims_of_length_are_not_believed(data):
    found = legacy.inspect(io.BytesIO(data + b"x" * 100))
    assert not found.complete


def record_of(levels):
    """A type of records of records, each of which holds the one below it twice."""
    made = np.dtype("u1")
    for _ in range(levels):
        fields = {"a": (made, 0), "b": (made, 0)}
        made = Returning(np.dtype, "V8", 0, 1, state=(3, "|", None, ("a", "b"), fields, 8, 1, 0))
    return made


def test_types_that_double_at_every_level_are_looked_at_once():
    found = legacy.inspect(io.BytesIO(pickle.dumps(wrapper(dtype=record_of(60)), protocol=3)))
    assert not found.complete  # there are no bytes of an array
    assert "there are at most" in found.reason


def test_product_of_huge_numbers_is_not_worked_out():
    found = legacy.inspect(io.BytesIO(pickle.dumps(wrapper(shape=(2**500_000,) * 1000), protocol=3)))
    assert not found.complete
    assert "there are at most" in found.reason
    nothing = legacy.inspect(io.BytesIO(raw(wrapper(shape=(2**500_000, 0)), after=b"")))
    assert nothing.complete, nothing.reason


def test_value_that_comes_out_of_little_is_not_kept():
    bomb = zlib.compress(b"\x80\x04" + b"\x8e" + struct.pack("<Q", 2**28 + 1) + b"x")
    found = legacy.inspect(io.BytesIO(bomb))
    assert "it has a value of more than" in found.reason


@pytest.mark.parametrize("path", [1, True, None, 1.5, [], io.StringIO("N.")], ids=repr)
def test_what_is_no_path_and_no_binary_file_is_refused(path):
    with pytest.raises(TypeError):
        legacy.inspect(path)  # a number would be taken for a file that is open, and closed


@pytest.mark.parametrize("option", ["max_bytes", "max_opcodes"])
@pytest.mark.parametrize(("value", "error"), [("1", TypeError), (True, TypeError), (None, TypeError), (-1, ValueError)])
def test_wrong_limit_is_named(option, value, error):
    with pytest.raises(error, match=option):
        legacy.inspect(io.BytesIO(b"N."), **{option: value})


def test_long_line_is_not_read():
    data = b"\x80\x02c" + b"a" * (streams._LONGEST_LINE + 10)
    assert not legacy.inspect(io.BytesIO(data)).complete


def test_steps_are_limited():
    found = legacy.inspect(io.BytesIO(nothing_but(b"N0" * 1000)), max_opcodes=100)
    assert not found.complete
    assert "too many steps" in found.reason


def test_every_opcode_of_this_python_can_be_taken():
    for opcode in pickletools.opcodes:
        legacy.inspect(io.BytesIO(b"\x80\x04" + opcode.code.encode("latin-1") + b"\x00" * 20 + b"\n."))


# -- the command


def command(*arguments):
    call = [sys.executable, "-m", "joblib_dask_compat", "inspect-pickle", *map(str, arguments)]
    return subprocess.run(call, check=False, capture_output=True, text=True)


def test_command_says_so():
    path = DATA / "0.19.2" / "SVC.pkl"
    done = command(path)
    assert done.returncode == 0
    assert "written by sklearn 0.19.2" in done.stdout
    assert "  sklearn.svm.classes.SVC\n" in done.stdout
    told = json.loads(command(path, "--format", "json").stdout)
    jsonschema.validate(told, json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert told["globals"] == list(legacy.inspect(path).globals)


def test_command_cannot_decide_of_what_it_cannot_follow(tmp_path):
    (tmp_path / "model.pkl").write_bytes(b"no pickle")
    done = command(tmp_path / "model.pkl")
    assert done.returncode == 3
    assert "not followed to its end" in done.stdout


def test_command_shows_what_a_terminal_would_obey(tmp_path):
    name = "system\x1b[1K\r\n\udcff"
    encoded = name.encode("utf-8", "surrogatepass")
    program = (
        b"\x80\x04X" + struct.pack("<I", 5) + b"posix" + b"X" + struct.pack("<I", len(encoded)) + encoded + b"\x93."
    )
    (tmp_path / "model.pkl").write_bytes(program)
    done = command(tmp_path / "model.pkl")
    assert done.returncode == 0, done.stderr
    assert "  posix.system\\x1b[1K\\r\\n\\udcff\n" in done.stdout
    assert json.loads(command(tmp_path / "model.pkl", "--format", "json").stdout)["globals"] == [f"posix.{name}"]


@pytest.mark.skipif(sys.platform == "win32", reason="names of files are text there")
def test_command_takes_any_name_of_a_file(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xff.pkl"
    with open(path, "wb") as file:
        file.write(b"N.")
    done = command(os.fsdecode(path))
    assert done.returncode == 0, done.stderr
    assert "\\udcff.pkl: pickle protocol 0" in done.stdout


def test_command_without_a_file(tmp_path):
    done = command(tmp_path / "model.pkl")
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.endswith("model.pkl: No such file or directory")


@pytest.mark.parametrize("name", ["run", "inspect-pickle"])
def test_help_says_that_loading_runs_code(name):
    call = [sys.executable, "-m", "joblib_dask_compat", name, "--help"]
    said = " ".join(subprocess.run(call, check=True, capture_output=True, text=True).stdout.split())
    assert "Loading a pickle runs code that the file names" in said
    assert "runs code" in " ".join((legacy.load.__doc__ or "").split())
