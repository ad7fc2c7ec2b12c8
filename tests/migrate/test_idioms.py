"""The tables say what is so on the newest stack."""

import importlib
import inspect

import joblib
import joblib._dask
import pytest

from joblib_dask_compat import parallel_backend
from joblib_dask_compat.migrate import idioms
from joblib_dask_compat.migrate.edits import PARAMETERS


def found(path):
    """Import what a path leads to; raises ImportError or AttributeError where that is nothing."""
    module, _, name = path.rpartition(".")
    try:
        return importlib.import_module(path)
    except ImportError:
        return getattr(importlib.import_module(module), name)


def takes(function):
    return set(inspect.signature(function).parameters)


@pytest.mark.parametrize("old", sorted(idioms.MOVED))
def test_what_moved_is_gone_and_is_where_it_is_said_to_be(old):
    assert found(idioms.MOVED[old]) is not None
    with pytest.raises((ImportError, AttributeError)):
        found(old)


@pytest.mark.parametrize("path", [*idioms.GONE, *idioms.REGISTERING])
def test_what_is_gone_is_gone(path):
    with pytest.raises((ImportError, AttributeError)):
        found(path)


@pytest.mark.parametrize("path", [*idioms.MOVED, *idioms.REGISTERING, *idioms.BLOCKS, *idioms.REGISTER])
def test_programs_with_them_are_read(path):
    module, _, name = path.rpartition(".")
    assert idioms.concerned(f"from {module} import {name}")
    assert not idioms.concerned("import joblib\nfrom sklearn.utils import shuffle\njoblib.dump(shuffle([1]), 'x')")


@pytest.mark.parametrize("path", [*idioms.BLOCKS, *idioms.REGISTER, *idioms.PARALLEL, *idioms.RENAMED_OPTIONS])
def test_what_the_calls_are_known_by_exists(path):
    assert callable(found(path))


def test_options_of_joblib_only():
    joblibs = takes(joblib.parallel_config) | takes(joblib.parallel_backend)
    ours = takes(parallel_backend)
    named_alike = {"prefer"}  # a hint there, a route here
    others = {name for name in joblibs - ours if not name.startswith("backend_")}
    assert set(idioms.JOBLIB_ONLY_OPTIONS) == others | named_alike


def test_options_of_the_backend():
    upstreams = takes(joblib._dask.DaskDistributedBackend)
    assert set(idioms.DROPPED_OPTIONS) == set(PARAMETERS) - takes(parallel_backend)
    assert set(PARAMETERS) == upstreams - {"submit_kwargs", "nesting_level"}


@pytest.mark.parametrize("path", idioms.RENAMED_OPTIONS)
def test_renamed_options(path):
    for old, new in idioms.RENAMED_OPTIONS[path].items():
        assert new in takes(found(path))
        assert old not in takes(found(path))
