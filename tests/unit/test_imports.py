"""Importing this package does nothing, and what fails to import is called by its name."""

import subprocess
import sys
from pathlib import Path

HEAVY = ("joblib", "sklearn", "dask", "distributed", "numpy", "tornado")


def python(code, *path):
    """Run code in a fresh process, with folders first on its path."""
    lines = [f"import sys; sys.path[:0] = {[str(each) for each in path]!r}", code]
    return subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, text=True, check=False)


def test_import_is_inert():
    done = python(f"import joblib_dask_compat; print([name for name in {HEAVY!r} if name in sys.modules])")
    assert done.stdout.strip() == "[]", done.stderr


def test_every_public_name_is_there():
    done = python(
        "import joblib_dask_compat as package\n"
        "for name in package.__all__: getattr(package, name)\n"
        "print(callable(package.versions), set(package.__all__) <= set(dir(package)))"
    )
    assert done.stdout.strip() == "True True", done.stderr


def test_legacy_is_not_loaded_unless_asked_for():
    done = python("from joblib_dask_compat import parallel_backend\nprint('joblib_dask_compat.legacy' in sys.modules)")
    assert done.stdout.strip() == "False", done.stderr


def broken(folder: Path, package: str, source: str) -> Path:
    (folder / package).mkdir()
    (folder / package / "__init__.py").write_text(source)
    return folder


def failure(folder):
    done = python("from joblib_dask_compat import register_dask\nregister_dask()", folder)
    return done.stderr.strip()


def test_a_broken_distributed_is_not_called_missing(tmp_path):
    told = failure(broken(tmp_path, "distributed", "import collections_of_old"))
    assert "BrokenDependencyError" in told
    assert "collections_of_old" in told
    assert "What to do: " in told


def test_an_attribute_error_inside_distributed_is_told(tmp_path):
    told = failure(broken(tmp_path, "distributed", "import collections; collections.MutableMapping"))
    assert "BrokenDependencyError" in told
    assert "MutableMapping" in told


def test_a_missing_distributed_is_called_missing(tmp_path):
    hide = "import sys\nraise ModuleNotFoundError(\"No module named 'distributed'\", name='distributed')"
    told = failure(broken(tmp_path, "distributed", hide))
    assert "MissingDependencyError" in told
    assert "python -m pip install" in told
