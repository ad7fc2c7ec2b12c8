"""Make the environment of a cell, or reuse it.

    python matrix/environments.py --edges [--wheel PATH] [--only ID ...]
    python matrix/environments.py --print ID

An environment is kept for as long as what was asked of the installer stays the same; and as every
package in that request is dated, the same request gives the same environment next year. Our own
wheel changes with every commit, so it comes on top and replaces only itself.

A sweep of the plan cannot keep a thousand environments. There, one turns into the next on the same
Python, and keeps what both have: compiling numpy, scipy, pandas and scikit-learn anew takes a
processor longer than many cells do.
"""

from __future__ import annotations

import argparse
import datetime
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import cells
import releases
from cells import Cell

FOLDER = Path(__file__).resolve().parents[1] / ".cells"
OURS = "joblib-dask-compat"
CACHE = FOLDER / "cache"  # uv's, for environments only: what fills a disk here can be thrown away here
SPARE = FOLDER / f"spare-{os.getpid()}"  # environments that are to turn into those of other cells
REQUEST_MARKER = "request.json"
WHEEL_MARKER = "wheel.sha256"
ONLY_GIVEN_PYTHONS = {"UV_PYTHON_DOWNLOADS": "never", "UV_PYTHON_PREFERENCE": "only-system"}
# What several cells need and only one builds, from source and on a busy machine, can take longer than its five minutes.
PATIENT = {"UV_LOCK_TIMEOUT": "3600"}
TAIL = 2000  # characters of an installer's message that an error repeats: the cause comes last


class CellError(RuntimeError):
    """An environment could not be made as its cell asks; the message says why."""


def ensure(cell: Cell, wheel: Path | None = None) -> Path:
    """The interpreter of the cell's environment, made if need be, with our wheel if given."""
    FOLDER.mkdir(exist_ok=True)
    try:
        with _locked(cell):
            request = _request(cell)
            if _read(_folder(cell) / REQUEST_MARKER) != request:
                _build(cell, request)
            if wheel:
                _install_wheel(cell, wheel)
    except (CellError, releases.UnknownReleaseError) as exc:
        raise CellError(f"{cell}: {exc}") from exc
    return _python(cell)


def freeze(cell: Cell) -> list[str]:
    """What the cell's environment has, as name==version, without our own wheel."""
    return installed(_python(cell))


def installed(python: Path) -> list[str]:
    """What an environment has, as name==version, without our own wheel."""
    # Not `uv pip freeze`, which gives a local wheel with its path on this machine.
    listed = json.loads(uv("pip", "list", "--format", "json", "--python", str(python)))
    return [f"{entry['name']}=={entry['version']}" for entry in listed if entry["name"] != OURS]


def installed_wheel(cell: Cell) -> str | None:
    """The SHA-256 of our wheel in the cell's environment."""
    return _read(_folder(cell) / WHEEL_MARKER)


def discard(cell: Cell) -> None:
    """Remove the cell's environment."""
    with _locked(cell):
        shutil.rmtree(_folder(cell), ignore_errors=True)
    _lock(cell).unlink(missing_ok=True)


def set_aside(cell: Cell) -> None:
    """Give the cell's environment away: the next one that this process makes on the same Python may be made of it."""
    SPARE.mkdir(exist_ok=True)
    with _locked(cell):
        if (_folder(cell) / REQUEST_MARKER).exists():
            _folder(cell).rename(SPARE / cell.id)
    discard(cell)


def discard_spares() -> None:
    """Remove what was set aside and is not used."""
    shutil.rmtree(SPARE, ignore_errors=True)


def keep_cache_below(size: int) -> None:
    """Remove what uv has downloaded, if it takes more than `size` bytes. What it has built would take long to build."""
    taken = 0
    for folder, _, names in os.walk(CACHE):  # other cells' installations come and go meanwhile
        for name in names:
            with suppress(FileNotFoundError):
                taken += Path(folder, name).lstat().st_size
    if taken > size:
        uv("cache", "prune", "--ci", "--quiet")


def build_wheel(folder: Path) -> Path:
    """Build our wheel into a folder."""
    uv("build", "--wheel", "--quiet", "--out-dir", str(folder), str(FOLDER.parent))
    (wheel,) = folder.glob("*.whl")
    return wheel


def find_python(version: str) -> Path:
    """An interpreter of that minor version: pyenv's newest patch release, else one from PATH."""
    for candidate in _candidates(version):
        if _reported_version(candidate) == version:
            return candidate
    raise CellError(
        f"Python {version} was not found, neither in {_pyenv_root() / 'versions'} "
        f"nor as a python{version} on PATH that runs.\n"
        f"Get it with `pyenv install {version}`, or put a python{version} on PATH."
    )


def _build(cell: Cell, request: str) -> None:
    folder, asked = _folder(cell), json.loads(request)
    if folder.exists():
        shutil.rmtree(folder)
    with tempfile.TemporaryDirectory() as scratch:
        wishes, pins = Path(scratch, "wishes.in"), Path(scratch, "pins.txt")
        wishes.write_text("\n".join(asked["requirements"]), encoding="utf-8")
        # First resolved, without a look at what a spare has: that must not decide about versions.
        command = ["pip", "compile", "--quiet", "--python", asked["interpreter"], *asked["options"]]
        uv(*command, "--output-file", str(pins), str(wishes))
        if not _taken_from_spares(folder, asked["interpreter"]):
            uv("venv", "--quiet", "--no-project", "--relocatable", "--python", asked["interpreter"], str(folder))
        uv("pip", "sync", "--quiet", "--python", str(_python(cell)), *asked["options"], str(pins))
    _check(cell)
    (folder / REQUEST_MARKER).write_text(request, encoding="utf-8")  # last: it says "finished"


def _taken_from_spares(folder: Path, interpreter: str) -> bool:
    """Whether there was a spare of this interpreter; then it has moved to the folder."""
    for spare in SPARE.glob("*"):
        kept = _read(spare / REQUEST_MARKER)
        if kept and json.loads(kept)["interpreter"] == interpreter:
            with suppress(FileNotFoundError):  # another thread was faster
                spare.rename(folder)
                (folder / REQUEST_MARKER).unlink()
                (folder / WHEEL_MARKER).unlink(missing_ok=True)
                return True
    return False


def _request(cell: Cell) -> str:
    """Everything that decides what gets installed, as text that can be compared."""
    requirements = [f"{package}=={version}" for package, version in cell.packages.items()]
    options = [f"--exclude-newer={_midnight(cells.as_of())}", "--only-binary=scikit-learn"]
    options += [f"--exclude-newer-package={name}=false" for name in cell.packages]  # pinned instead
    for name, (requirement, row) in cells.companions(cell).items():
        requirements.append(str(requirement))
        if row.only_binary:
            options.append(f"--only-binary={name}")
        if row.follow:
            options.append(f"--exclude-newer-package={name}={_midnight(row.follow.cutoff(cell))}")
    asked = {
        "interpreter": str(find_python(cell.python)),
        "options": sorted(options),
        "requirements": sorted(requirements),
    }
    return json.dumps(asked, indent=1) + "\n"


def _midnight(day: datetime.date) -> str:
    return f"{day}T00:00:00Z"  # uv takes a bare date for local time


def _check(cell: Cell) -> None:
    """Installed == requested: what is recorded for a cell must have run on that cell."""
    installed = dict(line.split("==") for line in freeze(cell))
    expected = {"python": cell.python, **cell.packages}
    found = {name: installed.get(name) for name in cell.packages}
    found["python"] = _reported_version(_python(cell))
    if found != expected:
        raise CellError(f"asked for {expected}, but the environment has {found}")


def _install_wheel(cell: Cell, wheel: Path) -> None:
    marker = _folder(cell) / WHEEL_MARKER
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if _read(marker) == digest:
        return
    marker.unlink(missing_ok=True)
    _install(str(_python(cell)), "--no-deps", "--reinstall", str(wheel))
    marker.write_text(digest, encoding="utf-8")


def _folder(cell: Cell) -> Path:
    return FOLDER / cell.id


def _python(cell: Cell) -> Path:
    return _folder(cell) / "bin" / "python"


def _lock(cell: Cell) -> Path:
    return Path(f"{_folder(cell)}.lock")


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


@contextmanager
def _locked(cell: Cell) -> Iterator[None]:
    """One process at a time makes or changes an environment."""
    with _lock(cell).open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _candidates(version: str) -> Iterator[Path]:
    name = f"python{version}"
    installed = re.compile(re.escape(version) + r"\.(\d+)")
    patches = {
        int(match[1]): folder
        for folder in _pyenv_root().glob("versions/*")
        if (match := installed.fullmatch(folder.name))
    }
    yield from (patches[patch] / "bin" / name for patch in sorted(patches, reverse=True))
    yield from (Path(folder, name) for folder in os.get_exec_path())


@cache
def _pyenv_root() -> Path:
    if root := os.environ.get("PYENV_ROOT"):
        return Path(root)
    if shutil.which("pyenv"):
        return Path(subprocess.check_output(["pyenv", "root"], text=True).strip())
    return Path.home() / ".pyenv"


def _reported_version(python: Path) -> str | None:
    """What it says it is; None if it does not run, as pyenv's shims of unselected versions."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


@cache
def _uv_bin() -> str:
    with _one_at_a_time:  # sysconfig, which find_uv_bin asks, fails the second of two threads that come first
        try:
            from uv import find_uv_bin
        except ModuleNotFoundError:
            if found := shutil.which("uv"):
                return found
            raise CellError("uv was not found; get it with `python -m pip install uv`") from None
        return str(find_uv_bin())


_one_at_a_time = threading.Lock()


def _install(python: str, *arguments: str) -> None:
    uv("pip", "install", "--quiet", "--python", python, *arguments)


def uv(*arguments: str) -> str:
    """Run uv, with the interpreters at hand only, and return what it prints."""
    command, env = [_uv_bin(), *arguments], os.environ | ONLY_GIVEN_PYTHONS | PATIENT | {"UV_CACHE_DIR": str(CACHE)}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=env)
    if done.returncode:
        raise CellError(f"`uv {' '.join(arguments[:2])}` failed:\n{done.stderr.strip()[-TAIL:]}")
    return done.stdout


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the environments of cells, or reuse them.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--edges", action="store_true", help="make those of the edge cells")
    what.add_argument("--print", metavar="ID", help="make one, and print its interpreter's path")
    parser.add_argument("--only", nargs="+", metavar="ID", help="with --edges: these instead")
    parser.add_argument("--wheel", type=Path, help="our own wheel, to be installed on top")
    return parser.parse_args(argv)


def _make_all(wanted: Sequence[Cell], wheel: Path | None) -> None:
    failures = []
    for number, cell in enumerate(wanted, 1):
        started = time.monotonic()
        state = "ready"
        try:
            ensure(cell, wheel)
        except CellError as exc:  # the next one may still be fine
            failures.append(str(exc))
            state = "FAILED"
        took = time.monotonic() - started
        print(f"[{number:2}/{len(wanted)}] {cell}: {state} after {took:.1f} s", file=sys.stderr)
    if failures:
        raise CellError("\n\n".join(failures))


def main(argv: Sequence[str] | None = None) -> None:
    arguments = _arguments(argv)
    try:
        if arguments.print:
            print(ensure(cells.from_id(arguments.print), arguments.wheel))
        else:
            only = [cells.from_id(cell_id) for cell_id in arguments.only or ()]
            _make_all(only or cells.edges(), arguments.wheel)
    except (CellError, ValueError) as exc:
        sys.exit(str(exc))


if __name__ == "__main__":
    main()
