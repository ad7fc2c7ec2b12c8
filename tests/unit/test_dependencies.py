"""The error for a package that is missing or broken, with real packages in front of the installed ones."""

import pytest

REGISTER = """
import joblib_dask_compat
from joblib_dask_compat.errors import CompatError
try:
    joblib_dask_compat.register_dask()
except CompatError as exc:
    print(type(exc).__name__)
    print(exc)
    print("caused by", repr(exc.__cause__))
"""

#: Makes this interpreter one in which a package is not installed.
WITHOUT = """
import sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name.partition(".")[0] == {name!r} else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Without
"""


def package(folder, name, body):
    (folder / name).mkdir(parents=True)
    (folder / name / "__init__.py").write_text(body, encoding="utf-8")
    return folder


def test_import_that_fails_inside_distributed_is_named(fresh_python, tmp_path):
    broken = package(tmp_path / "site", "distributed", "import no_such_toolz\n")
    told = fresh_python(REGISTER, path=[broken]).stdout
    assert told.startswith("BrokenDependencyError\nImporting 'distributed' failed, though 'distributed' is installed")
    assert "ModuleNotFoundError: module 'no_such_toolz' is missing" in told
    assert "python -m pip install no_such_toolz" in told
    assert "caused by ModuleNotFoundError(\"No module named 'no_such_toolz'" in told


def test_module_of_another_name_than_its_distribution_is_told_by_that(fresh_python, tmp_path):
    broken = package(tmp_path / "site", "distributed", "import yaml.no_such_module\n")
    told = fresh_python(REGISTER, path=[broken]).stdout
    assert "python -m pip install pyyaml" in told


def test_name_that_is_gone_from_a_dependency_is_named(fresh_python, tmp_path):
    broken = package(tmp_path / "site", "distributed", "from collections import MutableMapping\n")
    told = fresh_python(REGISTER, path=[broken]).stdout
    assert told.startswith("BrokenDependencyError\n")
    assert "cannot import name 'MutableMapping' from 'collections'" in told


@pytest.mark.parametrize("body", ["1 / 0\n", "def broken(:\n", "raise AttributeError('gone')\n"])
def test_any_other_failure_inside_is_told_too(fresh_python, tmp_path, body):
    broken = package(tmp_path / "site", "distributed", body)
    told = fresh_python(REGISTER, path=[broken]).stdout
    assert told.startswith("BrokenDependencyError\n")
    assert any(name in told for name in ("ZeroDivisionError", "SyntaxError", "AttributeError"))


def test_broken_dask_is_not_a_missing_distributed(fresh_python, tmp_path):
    broken = package(tmp_path / "site", "dask", "import no_such_tlz\n")
    told = fresh_python(REGISTER, path=[broken]).stdout
    assert told.startswith("BrokenDependencyError\nImporting 'distributed' failed")
    assert "'no_such_tlz' is missing" in told


@pytest.mark.parametrize("name", ["distributed", "joblib"])
def test_missing_package_is_told_with_the_line_that_installs_it(fresh_python, name):
    told = fresh_python(WITHOUT.format(name=name) + REGISTER).stdout
    assert told.startswith(f"MissingDependencyError\nThe package {name!r} is not installed")
    assert "python -m pip install 'joblib-dask-compat[cluster]'" in told


def test_errors_are_import_errors_for_callers_who_catch_those(fresh_python, tmp_path):
    broken = package(tmp_path / "site", "distributed", "import no_such_toolz\n")
    fresh_python(
        """
        import joblib_dask_compat
        try:
            joblib_dask_compat.register_dask()
        except ImportError as exc:
            assert exc.__cause__.name == "no_such_toolz"
        else:
            raise SystemExit("registered")
        import joblib.parallel
        assert "dask" not in joblib.parallel.BACKENDS
        """,
        path=[broken],
    )
