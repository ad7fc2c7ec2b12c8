"""What is fuzzed: for each kind of input a function that takes any bytes, and raises where the package is wrong.

Bad input may be refused, in the way that is documented; anything else that is raised is a finding. That nothing of an
input is run or written is watched from outside, see `watching`.
"""

from __future__ import annotations

import atexit
import contextlib
import gzip
import io
import json
import os
import pickle
import runpy
import shutil
import sys
import tempfile
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "matrix"), str(ROOT / "tools")]

import compile_advisories  # noqa: E402

import records  # noqa: E402
from joblib_dask_compat import advisories, cli, legacy, manifests  # noqa: E402
from joblib_dask_compat.cli import asking  # noqa: E402
from joblib_dask_compat.errors import DamagedDataError, InputError  # noqa: E402
from joblib_dask_compat.migrate import files  # noqa: E402
from joblib_dask_compat.support import records as support  # noqa: E402

SCRATCH = Path(tempfile.mkdtemp(prefix="fuzz-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)
(SCRATCH / "advisories").mkdir()


@dataclass
class Target:
    """A kind of input."""

    check: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    guards: tuple[Any, str]  #: what is put to the test: an object and the name of its attribute
    longest: int = 4096
    words: tuple[str, ...] = ()  #: that mean something in such an input


def file_of(name: str, data: bytes) -> str:
    path = SCRATCH / name
    path.write_bytes(data)
    return str(path)


# -- files that name versions


def names_versions(name: str, data: bytes) -> None:
    refused = ""
    found = manifests.Manifest()
    try:
        found = manifests.read(file_of(name, data), "3.8")
    except InputError as exc:
        refused = str(exc)
    assert "\n" not in refused, "an error of several lines"
    assert not refused or name in refused, "an error that does not name the file"
    for package, ranges in found.ranges.items():
        assert package == package.lower()
        manifests.specifiers(str(ranges))
    assert all(note.what and note.why for note in (*found.notes, *found.left_out))


def manifest_seeds(*names: str) -> Iterator[bytes]:
    tested = runpy.run_path(str(ROOT / "tests" / "unit" / "test_manifests.py"))
    for name in names:
        yield tested[name].encode() if isinstance(tested[name], str) else json.dumps(tested[name]).encode()
    yield from (content.encode() for _, content, _ in tested["BROKEN"] if len(content) < 1000)


# -- advisories and records


def compiles_advisory(data: bytes) -> None:
    folder = SCRATCH / "advisories"
    (folder / "worker-death-hangs.toml").write_bytes(data)
    compile_advisories.FOLDER, before = folder, compile_advisories.FOLDER
    try:
        found, findings = compile_advisories.read()
    finally:
        compile_advisories.FOLDER = before
    assert found or findings
    json.loads(compile_advisories.render(found))


#: What reading a damaged file may raise, before it is told as that.
DAMAGE = (ValueError, LookupError, TypeError, AttributeError, RecursionError)


def reads_advisories(data: bytes) -> None:
    advisories._read.cache_clear()
    try:
        found = advisories._read(file_of("advisories.json", data))
    except DamagedDataError as exc:
        if not isinstance(exc.__cause__, DAMAGE):
            raise
        return
    assert all(each["id"] and advisories.remedy(each) for each in found)


def reads_support(data: bytes) -> None:
    support._FILE, before = file_of("support.json", data), support._FILE
    support.load.cache_clear()
    try:
        found = support.load()
    except DamagedDataError as exc:
        if not isinstance(exc.__cause__, DAMAGE):
            raise
        return
    finally:
        support._FILE = before
        support.load.cache_clear()
    assert all(each.state() for each in found.records)


def reads_records(data: bytes) -> None:
    try:
        found = records._read(Path(file_of("py3.8.jsonl", data)))
    except records.DamagedRecordError:  # nobody but a merge gone wrong writes such a file
        return
    assert all(record["cell"] == cell for cell, record in found.items())


def support_seeds() -> Iterator[bytes]:
    packed = support.read()
    few = packed["records"][:3]
    outcomes = packed["outcomes"][: 1 + max(max(columns.values()) for *_, columns, _ in few)]
    yield json.dumps({**packed, "records": few, "outcomes": outcomes, "excludes": packed["excludes"][:1]}).encode()
    yield json.dumps({**packed, "records": [], "releases": {}, "pins": packed["pins"][:3]}).encode()


def record_seeds() -> Iterator[bytes]:
    for path in sorted((ROOT / "matrix" / "results").glob("py*.jsonl"))[:2]:
        record = json.loads(path.read_text(encoding="utf-8").splitlines()[0])
        yield json.dumps({**record, "freeze": record["freeze"][:2], "columns": {}}).encode() + b"\n"


# -- code


def migrates(name: str, data: bytes) -> None:
    outcome = files.migrate_file(file_of(name, data), "compat")
    if outcome.error:
        assert "\n" not in outcome.error, "an error of several lines"
        assert not outcome.changed
    elif outcome.changed:
        files.diff(outcome)
        if name.endswith(".ipynb"):
            json.loads(outcome.after)
        again = files.migrate_file(file_of(name, outcome.after.encode(outcome.encoding)), "compat")
        assert not again.error, again.error
        assert again.after == outcome.after or not again.changed, "the second time changes it again"


def code_seeds() -> Iterator[bytes]:
    for path in sorted((ROOT / "tests" / "migrate" / "corpus" / "before").glob("*.py")):
        yield path.read_bytes()
    yield b"# coding: latin-1\nfrom sklearn.externals import joblib  # \xe9\n"


def notebook_seeds() -> Iterator[bytes]:
    for path in sorted((ROOT / "tests" / "migrate" / "corpus" / "before").glob("*.ipynb")):
        yield path.read_bytes()
    for source in ("from sklearn.externals import joblib\n", ["%time x\n", "import distributed.joblib\n"]):
        yield json.dumps({"cells": [{"cell_type": "code", "source": source}], "metadata": {}, "nbformat": 4}).encode()


# -- pickles


def looks_into_pickle(data: bytes) -> None:
    file = io.BytesIO(data)
    found = legacy.inspect(file, max_bytes=2**20, max_opcodes=20_000)
    assert found.complete != bool(found.reason)
    assert file.tell() == 0
    json.dumps(found._asdict())


class Evil:
    def __init__(self, made: Any, *arguments: Any) -> None:
        self.made = made, arguments

    def __reduce__(self) -> Any:
        return self.made


def pickle_seeds() -> Iterator[bytes]:
    yield from (path.read_bytes() for path in sorted((ROOT / "tests" / "legacy" / "data").glob("0.2[04]*/*.pkl")))
    ran = str(SCRATCH / "ran")
    for evil in (Evil(os.system, f"touch {ran}"), Evil(open, ran, "w"), Evil(exec, "raise SystemExit(9)")):
        for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
            program = pickle.dumps([evil, {"_sklearn_version": "0.19.2"}], protocol)
            yield from (program, zlib.compress(program), gzip.compress(program, mtime=0))


# -- versions on the command line

COMMANDS = {
    b"c": ["caniuse", "--format", "json", "--"],
    b"p": ["pins", "--format", "json", "--keep"],
    b"u": ["upgrade", "--format", "json", "--python", "3.8", "--to"],
    b"f": ["upgrade", "--format", "json", "--to", "joblib==1.4.2", "--from"],
    b"y": ["caniuse", "--format", "json", "joblib==1.0.1", "--python"],
    b"n": ["pins", "--format", "json", "--no-advisory"],
}


def takes_arguments(data: bytes) -> None:
    arguments = COMMANDS.get(data[:1], COMMANDS[b"c"]) + [
        os.fsdecode(each) for each in data[1:].split(b"\n") if b"\0" not in each
    ]
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = cli.main(arguments)
        except SystemExit as exc:
            code = exc.code
    assert code in (0, 1, 2, 3), f"exit code {code}"
    assert "Traceback" not in err.getvalue(), err.getvalue()
    if out.getvalue() and not out.getvalue().startswith("usage: "):
        assert json.loads(out.getvalue())["schema_version"] == 1


def argument_seeds() -> Iterator[bytes]:
    yield b"cjoblib==1.1\ndistributed==2021.6"
    yield b"cscikit-learn>=0.24,<1.0\npython==3.8"
    yield b"pnumpy<2\nscikit_learn~=1.0.1"
    yield b"ujoblib==1.4.2\ndistributed==2024.6.2"
    yield b"fjoblib==1.0.1\nscikit-learn==1.0.2\ndistributed==2021.6.2\npython==3.8"
    yield b"y3.8"
    yield b"nhang,security"


# -- all of them


def text_file(name: str, *seeds: str, words: tuple[str, ...] = ()) -> Target:
    return Target(
        partial(names_versions, name), lambda: manifest_seeds(*seeds), (manifests.Manifest, "put"), words=words
    )


RANGES = ("==", ">=", "<", "~=", "===", "!=", ".*", "joblib", "scikit-learn", "; python_version", "extra", "1!")
IDIOMS = ("sklearn.externals", "joblib", "parallel_backend(", "distributed.joblib", "import ", "from ", "with ", "    ")

TARGETS = {
    "requirements": text_file(
        "requirements.txt",
        "HASHED",
        words=(*RANGES, "-r ", "-e ", "--hash=", " \\\n", "#egg=", " @ ", "git+https://x/"),
    ),
    "uv-lock": Target(
        partial(names_versions, "uv.lock"),
        lambda: manifest_seeds("UV"),
        (manifests.locks, "_packages"),
        words=(*RANGES, "[[package]]", "resolution-markers", "name = ", "version = ", "requires-python = "),
    ),
    "poetry-lock": Target(
        partial(names_versions, "poetry.lock"),
        lambda: manifest_seeds("POETRY"),
        (manifests.locks, "_packages"),
        words=(*RANGES, "[[package]]", "markers = ", "name = ", "version = ", "python-versions = ", "^"),
    ),
    "pylock": Target(
        partial(names_versions, "pylock.toml"),
        lambda: manifest_seeds("PYLOCK"),
        (manifests.locks, "_packages"),
        words=(*RANGES, "[[packages]]", "marker = ", "name = ", "version = ", "requires-python = "),
    ),
    "pipfile-lock": text_file(
        "Pipfile.lock", "PIPFILE", words=(*RANGES, '"default"', '"version"', '"markers"', '"_meta"', '"requires"')
    ),
    "environment": text_file(
        "environment.yml", "ENVIRONMENT", words=(*RANGES, "dependencies:", "- pip:", "::", "&a ", "*a", "!!")
    ),
    "advisory-toml": Target(
        compiles_advisory,
        lambda: [path.read_bytes() for path in sorted((ROOT / "advisories").glob("*.toml"))[:8]],
        (compile_advisories, "wrong_shape"),
        words=tuple(compile_advisories.KEYS),
    ),
    "advisories-json": Target(
        reads_advisories,
        lambda: [json.dumps({"advisories": advisories.load()[:2]}).encode()],
        (advisories, "remedy"),
    ),
    "support-json": Target(reads_support, support_seeds, (support.Record, "state"), longest=2**16),
    "records": Target(reads_records, record_seeds, (records.json, "loads")),
    "python": Target(partial(migrates, "script.py"), code_seeds, (files, "migrate_source"), words=IDIOMS),
    "notebook": Target(partial(migrates, "notebook.ipynb"), notebook_seeds, (files, "migrate_notebook"), words=IDIOMS),
    "pickle": Target(looks_into_pickle, pickle_seeds, (legacy.inspecting, "Machine"), longest=2**13),
    "arguments": Target(takes_arguments, argument_seeds, (asking, "packages"), longest=200, words=RANGES),
}

# -- what no input may bring about

#: Beginnings of the names of audit events. Importing is among them: whatever a target needs was imported by its seeds.
FORBIDDEN = (
    *("exec", "import", "pickle.find_class", "ctypes.", "os.system", "os.exec", "os.spawn", "os.posix_spawn"),
    *("os.fork", "os.kill", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.symlink", "os.link"),
    *("shutil.", "socket.", "subprocess.", "urllib."),
)


assert unicodedata  # compiling imports it, for names that are not ASCII


class watching:  # noqa: N801 - reads like a function
    """Calls checks, and raises where one of them brings about what no input may: an audit hook that notes it."""

    def __init__(self) -> None:
        self._on = False
        self._seen: list[str] = []
        sys.addaudithook(self._hook)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on:
            return
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        # a script names its encoding, and that is a module in the standard library's folder of them, or none
        names_encoding = event == "import" and str(arguments[0]).startswith("encodings.")
        if (event.startswith(FORBIDDEN) and not names_encoding) or (
            writes and not str(arguments[0]).startswith(str(SCRATCH))
        ):
            self._seen.append(f"{event}{arguments!r}"[:200])

    def __call__(self, check: Callable[[bytes], None], data: bytes) -> None:
        self._seen.clear()
        self._on = True
        try:
            check(data)
        finally:
            self._on = False
        assert not self._seen, f"an input brought about {self._seen}"
