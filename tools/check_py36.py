#!/usr/bin/env python3
"""Check on a real Python 3.6 what must run there: no linter knows that version any more.

Every file has to compile, and the package has to import with nothing else installed and without
reaching for the heavy libraries. Exits with 0 (fine), 1 (findings) or 2 (could not be checked).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACES = (
    "src/**/*.py",
    "matrix/cell.py",
    "matrix/probe.py",
    "matrix/stage.py",
    "matrix/behaviours/**/*.py",
    "matrix/pickles/estimators.py",
    "benchmarks/contenders.py",
    "benchmarks/names.py",
    "benchmarks/short_tasks.py",
    "tests/legacy/cluster.py",
)
HEAVY = ("joblib", "sklearn", "dask", "distributed", "numpy", "tornado")

COMPILE = """
import sys

findings = []
for path in sys.argv[1:]:
    try:
        with open(path, "rb") as file:
            compile(file.read(), path, "exec", dont_inherit=True)
    except SyntaxError as error:
        findings.append("{}:{}: {}".format(path, error.lineno or 1, error.msg))
    except ValueError as error:  # null bytes
        findings.append("{}:1: {}".format(path, error))
sys.exit("\\n".join(findings) or None)
"""

# sys.modules alone would not show an import that failed, for want of the library, and was caught.
IMPORT = """
import sys

asked = set()

class Watch:
    def find_spec(self, name, path=None, target=None):
        asked.add(name)

sys.meta_path.insert(0, Watch())
sys.path.insert(0, "src")
import joblib_dask_compat

heavy = {name.partition(".")[0] for name in asked.union(sys.modules)}.intersection(sys.argv[1:])
if heavy:
    sys.exit("import joblib_dask_compat reaches for " + ", ".join(sorted(heavy)))
"""


def candidates() -> Iterator[Path]:
    """Where a Python 3.6 may be: pyenv's real interpreters first, since its shims may fail."""
    roots = [os.environ.get("PYENV_ROOT"), str(Path.home() / ".pyenv")]
    if shutil.which("pyenv"):
        roots.insert(1, subprocess.check_output(["pyenv", "root"], text=True).strip())
    for root in filter(None, roots):
        yield from sorted(Path(root).glob("versions/3.6.*/bin/python3.6"), reverse=True)
    for folder in os.get_exec_path():
        yield Path(folder, "python3.6")


def run(python: Path, code: str, *args: str) -> subprocess.CompletedProcess[str]:
    """Run `code` isolated: no site-packages, no environment variables, nothing written."""
    return subprocess.run(
        [python, "-I", "-S", "-B", "-c", code, *args],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def python36() -> tuple[Path, str]:
    for python in candidates():
        try:
            found = run(python, "import platform; print(platform.python_version())").stdout.strip()
        except OSError:
            continue
        if found.startswith("3.6."):
            return python, found
    raise LookupError("no working Python 3.6 found, in pyenv's versions or on PATH; `pyenv install 3.6` adds one")


def main() -> int:
    files = []
    for place in PLACES:
        found = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob(place))
        if not found:
            print(f"nothing to check in {place}: has it moved?", file=sys.stderr)
            return 2
        files += found
    try:
        python, version = python36()
    except LookupError as error:
        print(error, file=sys.stderr)
        return 2
    for code, args in (COMPILE, files), (IMPORT, HEAVY):
        done = run(python, code, *args)
        if done.returncode:
            print(done.stderr.rstrip(), file=sys.stderr)
            return 1
    print(f"{len(files)} files compile on Python {version}, and the package imports there alone")
    return 0


if __name__ == "__main__":
    sys.exit(main())
