"""Make the environment of a cell, or reuse it.

    python matrix/environments.py --edges [--wheel PATH] [--only ID ...]
    python matrix/environments.py --print ID

An environment is made once: it is kept while what was asked of the installer is the same, and as every package in
that request is dated, the same request gives the same environment next year. Our own wheel changes with every commit, so it comes on top and replaces only itself.
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
import time
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Iterator, Sequence

import cells
import releases
from cells import Cell

FOLDER = Path(__file__).resolve().parents[1] / ".cells"
OURS = "joblib-dask-compat"
REQUEST_MARKER = "request.json"
WHEEL_MARKER = "wheel.sha256"
ONLY_GIVEN_PYTHONS = {"UV_PYTHON_DOWNLOADS": "never", "UV_PYTHON_PREFERENCE": "only-system"}
TAIL = 2000  # characters of an installer's message that an error repeats: the cause comes last


class CellError(RuntimeError):
    """An environment could not be made as the cell asks; the message says which, and what the installer said."""


def ensure(cell: Cell, wheel: Path | None = None) -> Path:
    """The interpreter of the cell's environment, which is made if need be; with our wheel in it if one is given."""
    folder = FOLDER / cell.id
    FOLDER.mkdir(exist_ok=True)
    with _locked(folder):
        request = _request(cell)
        if _read(folder / REQUEST_MARKER) != request:
            _build(cell, request)
        if wheel:
            _install_wheel(cell, wheel)
    return _python(cell)


def freeze(cell: Cell) -> list[str]:
    """What is installed in the cell's environment, as name==version; our own wheel left out, it is no companion."""
    # Not `uv pip freeze`: it writes local wheels with this machine's paths.
    listed = json.loads(_uv("pip", "list", "--format", "json", "--python", str(_python(cell))))
    return sorted(f"{entry['name']}=={entry['version']}" for entry in listed if entry["name"] != OURS)


def find_python(version: str) -> Path:
    """An interpreter of that minor version which runs: pyenv's newest patch release, else one from PATH."""
    for candidate in _candidates(version):
        if _reported_version(candidate) == version:
            return candidate
    raise CellError(
        f"Python {version} was not found, neither in {_pyenv_root() / 'versions'} nor as python{version} on PATH.\n"
        f"Get it with `pyenv install {version}`, or put a python{version} that runs on PATH."
    )


def _build(cell: Cell, request: str) -> None:
    folder = FOLDER / cell.id
    shutil.rmtree(folder, ignore_errors=True)
    asked = json.loads(request)
    try:
        _uv("venv", "--quiet", "--no-project", "--python", asked["interpreter"], str(folder))
        _uv("pip", "install", "--quiet", "--python", str(_python(cell)), *asked["options"], *asked["requirements"])
        _check(cell)
    except CellError as exc:
        raise CellError(f"{cell}: {exc}") from exc
    (folder / REQUEST_MARKER).write_text(request, encoding="utf-8")  # last: without it, the folder is half-built


def _request(cell: Cell) -> str:
    """Everything that decides what gets installed, as text that is compared with what an environment was made from."""
    requirements = [f"{package}=={version}" for package, version in cell.packages.items()]
    options = ["--only-binary=scikit-learn", f"--exclude-newer={_midnight(cells.as_of())}"]
    options += [f"--exclude-newer-package={package}=false" for package in cell.packages]  # asked for exactly
    for name, (requirement, row) in cells.companions(cell).items():
        requirements.append(str(requirement))
        if row.only_binary:
            options.append(f"--only-binary={name}")
        if row.follow:
            released = releases.release_date(row.follow.package, cell.packages[row.follow.package])
            cutoff = max(released + datetime.timedelta(days=row.follow.days), row.follow.not_before)
            options.append(f"--exclude-newer-package={name}={_midnight(cutoff)}")
    asked = {"interpreter": str(find_python(cell.python)), "options": options, "requirements": requirements}
    return json.dumps(asked, indent=1) + "\n"


def _midnight(day: datetime.date) -> str:
    return f"{day}T00:00:00Z"  # a bare date would be local time


def _check(cell: Cell) -> None:
    """Installed == requested: a resolver may be lenient, a record may not."""
    expected = {"python": cell.python, **cell.packages}
    installed = dict(line.split("==") for line in freeze(cell))
    found = {"python": _reported_version(_python(cell)), **{name: installed.get(name) for name in cell.packages}}
    if found != expected:
        raise CellError(f"asked for {expected}, but the environment has {found}")


def _install_wheel(cell: Cell, wheel: Path) -> None:
    marker = FOLDER / cell.id / WHEEL_MARKER
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if _read(marker) == digest:
        return
    marker.unlink(missing_ok=True)
    _uv("pip", "install", "--quiet", "--python", str(_python(cell)), "--no-deps", "--reinstall", str(wheel))
    marker.write_text(digest, encoding="utf-8")


def _python(cell: Cell) -> Path:
    return FOLDER / cell.id / "bin" / "python"


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One process at a time makes or changes an environment."""
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _candidates(version: str) -> Iterator[Path]:
    patches = ((re.fullmatch(rf"{re.escape(version)}\.(\d+)", path.name), path) for path in _pyenv_root().glob("versions/*"))
    newest_first = sorted(((int(match[1]), path) for match, path in patches if match), reverse=True)
    yield from (path / "bin" / f"python{version}" for _, path in newest_first)
    yield from (Path(folder, f"python{version}") for folder in os.get_exec_path())


@cache
def _pyenv_root() -> Path:
    if root := os.environ.get("PYENV_ROOT"):
        return Path(root)
    if shutil.which("pyenv"):
        return Path(subprocess.check_output(["pyenv", "root"], text=True).strip())
    return Path.home() / ".pyenv"


@cache
def _reported_version(python: Path) -> str | None:
    """What the interpreter says it is; None if it does not run, as pyenv's shims of unselected versions do not."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


@cache
def _uv_bin() -> str:
    try:
        from uv import find_uv_bin
    except ModuleNotFoundError:
        if found := shutil.which("uv"):
            return found
        raise CellError("uv was not found; get it with `python -m pip install uv`") from None
    return find_uv_bin()


def _uv(*arguments: str) -> str:
    done = subprocess.run([_uv_bin(), *arguments], env=os.environ | ONLY_GIVEN_PYTHONS, capture_output=True, text=True)
    if done.returncode:
        raise CellError(f"`uv {' '.join(arguments[:2])}` failed:\n{done.stderr.strip()[-TAIL:]}")
    return done.stdout


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the environments of cells, or reuse them.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--edges", action="store_true", help="the cells that are always measured")
    what.add_argument("--print", metavar="ID", type=cells.from_id, help="make one, and print its interpreter's path")
    parser.add_argument("--wheel", type=Path, help="our own wheel, to be installed on top")
    parser.add_argument("--only", nargs="+", metavar="ID", type=cells.from_id, help="these instead of all")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _arguments(argv)
    if arguments.print:
        try:
            print(ensure(arguments.print, arguments.wheel))
        except CellError as exc:
            sys.exit(str(exc))
        return 0
    wanted = arguments.only or cells.edges()
    failures = []
    for number, cell in enumerate(wanted, 1):
        started = time.monotonic()
        state = "ready"
        try:
            ensure(cell, arguments.wheel)
        except CellError as exc:  # the next cell may still be fine
            failures.append(exc)
            state = "FAILED"
        took = time.monotonic() - started
        print(f"[{number:2}/{len(wanted)}] {cell}: {state} after {took:.1f} s", file=sys.stderr)
    for failure in failures:
        print(f"\n{failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
