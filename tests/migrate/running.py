"""Runs programs one after the other in this process, and prints what each printed, as JSON: `running.py FILE...`.

All of them use one cluster, at the address in SCHEDULER. Each runs as `__main__`, a notebook without its lines for
IPython; the backends that it registered are forgotten afterwards. What a program raised is printed instead.
"""

import contextlib
import io
import json
import re
import runpy
import sys
import tempfile
from pathlib import Path

import joblib

MAGIC = re.compile(r"^\s*[%!].*$|^[\w ]+= *!.*$|^.*\?$", re.MULTILINE)


def program(path: str) -> str:
    """A file to run: the script itself, or one with the cells of a notebook that Python can read."""
    if not path.endswith(".ipynb"):
        return path
    cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
    sources = [MAGIC.sub("", "".join(cell["source"])) for cell in cells if cell["cell_type"] == "code"]
    script = Path(tempfile.mkdtemp(), "notebook.py")
    script.write_text("\n".join(filter(compiles, sources)), encoding="utf-8")
    return str(script)


def compiles(source: str) -> bool:
    try:
        compile(source, "cell", "exec")
    except SyntaxError:
        return False
    return True


def run(path: str) -> str:
    printed = io.StringIO()
    registry = dict(joblib.parallel.BACKENDS)
    try:
        with contextlib.redirect_stdout(printed):
            runpy.run_path(program(path), run_name="__main__")
    except Exception as exc:
        return f"{type(exc).__name__}: {exc}"
    finally:
        joblib.parallel.BACKENDS.clear()
        joblib.parallel.BACKENDS.update(registry)
    return printed.getvalue()


if __name__ == "__main__":
    files = sys.argv[1:]
    sys.argv[1:] = []
    print(json.dumps({Path(each).name: run(each) for each in files}))
