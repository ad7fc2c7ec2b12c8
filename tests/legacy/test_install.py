"""`legacy.install()` opens removed import paths, `legacy.uninstall()` leaves no trace."""

import importlib
import sys

import joblib
import joblib.parallel
import pytest
import sklearn.utils

from joblib_dask_compat import legacy
from joblib_dask_compat.backend import backend_class
from joblib_dask_compat.copies import Copy
from joblib_dask_compat.errors import LegacyImportWarning

REMOVED = ["distributed.joblib", "sklearn.externals.joblib"]


@pytest.fixture
def installed():
    registry = dict(joblib.parallel.BACKENDS)
    legacy.install()
    yield
    legacy.uninstall()
    joblib.parallel.BACKENDS.clear()
    joblib.parallel.BACKENDS.update(registry)


@pytest.mark.parametrize("name", REMOVED)
@pytest.mark.usefixtures("installed")
def test_removed_module_can_be_imported_and_says_what_to_write_instead(name):
    with pytest.warns(LegacyImportWarning, match=f"{name} is gone.*from joblib_dask_compat import") as caught:
        importlib.import_module(name)
    assert len(caught) == 1


@pytest.mark.usefixtures("installed")
def test_warning_points_at_the_line_that_imports():
    with pytest.warns(LegacyImportWarning) as caught:
        from sklearn.externals import joblib as old
    assert caught[0].filename == __file__
    assert old.Parallel is joblib.Parallel
    assert old.dump is joblib.dump


@pytest.mark.usefixtures("installed")
def test_distributed_joblib_registers_as_it_did():
    with pytest.warns(LegacyImportWarning):
        import distributed.joblib  # noqa: F401
    assert {joblib.parallel.BACKENDS[name] for name in ("dask", "distributed", "dask.distributed")} == {
        backend_class(Copy("joblib"))
    }


@pytest.mark.usefixtures("installed")
def test_functions_that_sklearn_removed_are_back():
    from joblib import _dask

    sklearn.utils.register_parallel_backend("distributed", _dask.DaskDistributedBackend)
    assert joblib.parallel.BACKENDS["distributed"] is backend_class(Copy("joblib"))
    with sklearn.utils.parallel_backend("threading", n_jobs=2):
        assert joblib.parallel.get_active_backend()[1] == 2


@pytest.mark.usefixtures("installed")
def test_other_backends_are_registered_as_they_are():
    sklearn.utils.register_parallel_backend("mine", joblib.parallel.ThreadingBackend)
    assert joblib.parallel.BACKENDS["mine"] is joblib.parallel.ThreadingBackend


@pytest.mark.usefixtures("installed")
def test_what_exists_and_works_is_not_replaced():
    for name in [name for name in sys.modules if name == "joblib._dask"]:
        assert sys.modules[name].DaskDistributedBackend.__module__ == "joblib._dask"
    assert importlib.import_module("joblib._dask").DaskDistributedBackend.__module__ == "joblib._dask"


@pytest.mark.usefixtures("installed")
def test_module_that_never_was_is_still_missing():
    with pytest.raises(ModuleNotFoundError, match=r"sklearn\.externals\.six"):
        importlib.import_module("sklearn.externals.six")


def state():
    watched = [joblib, joblib.parallel, sklearn.utils, sys.modules["distributed"], sys.modules["sklearn.externals"]]
    return list(sys.meta_path), set(sys.modules), [set(vars(module)) for module in watched]


def test_uninstall_leaves_everything_as_it_was():
    importlib.import_module("distributed")
    importlib.import_module("sklearn.externals")
    importlib.import_module("joblib._dask")
    registry = dict(joblib.parallel.BACKENDS)
    before = state()
    legacy.install()
    legacy.install()
    for name in REMOVED:
        with pytest.warns(LegacyImportWarning):
            importlib.import_module(name)
    legacy.uninstall()
    legacy.uninstall()
    joblib.parallel.BACKENDS.clear()
    joblib.parallel.BACKENDS.update(registry)
    assert state() == before
    for name in REMOVED:
        with pytest.raises(ImportError):
            importlib.import_module(name)
