"""Importing the package does nothing: on the newest Python here, on 3.6 in tools/check_py36.py."""

import importlib

import joblib
import pytest
import sklearn.utils.parallel

import joblib_dask_compat

HEAVY = ["joblib", "sklearn", "dask", "distributed", "numpy", "tornado", "cloudpickle", "packaging"]


def test_import_and_reading_versions_load_nothing_heavy(fresh_python):
    done = fresh_python(
        """
        import sys
        import joblib_dask_compat
        found = joblib_dask_compat.versions()
        assert found.joblib and found.distributed
        print(sorted({name.partition(".")[0] for name in sys.modules} & set(sys.argv[1:])))
        """,
        *HEAVY,
    )
    assert done.stdout.strip() == "[]"


def test_import_changes_no_registry_no_filter_and_no_import_system(fresh_python):
    fresh_python(
        """
        import sys
        import warnings
        import joblib, joblib.parallel
        def state():
            return [list(sys.meta_path), list(sys.path_hooks), set(joblib.parallel.BACKENDS), list(warnings.filters)]
        before = state()
        import joblib_dask_compat
        assert before == state()
        """
    )


def test_legacy_is_not_loaded_unless_asked_for(fresh_python):
    done = fresh_python(
        """
        import sys
        from joblib_dask_compat import parallel_backend
        print("joblib_dask_compat.legacy" in sys.modules)
        """
    )
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("name", joblib_dask_compat.__all__)
def test_every_public_name_is_there_and_listed(name):
    assert getattr(joblib_dask_compat, name) is not None
    assert name in dir(joblib_dask_compat)


def test_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'paralel'"):
        joblib_dask_compat.paralel  # noqa: B018


def test_versions_stays_the_function_after_its_module_was_imported():
    module = importlib.import_module("joblib_dask_compat.versions")
    assert joblib_dask_compat.versions is module.versions


def test_joblib_and_its_parallel_are_those_that_sklearn_uses():
    assert joblib_dask_compat.joblib is joblib
    assert joblib_dask_compat.Parallel is sklearn.utils.parallel.Parallel
    assert joblib_dask_compat.delayed is sklearn.utils.parallel.delayed
