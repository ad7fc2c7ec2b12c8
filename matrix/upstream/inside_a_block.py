"""A pytest plugin: the whole session runs inside one block, of the backend that UPSTREAM_BLOCK names.

Runs inside a cell; Python 3.6.
"""

import contextlib
import os

import joblib

_stack = contextlib.ExitStack()
_runs = []


def pytest_sessionstart(session):
    if os.environ["UPSTREAM_BLOCK"] == "dask":
        from joblib_dask_compat import local_cluster, parallel_backend

        client = _stack.enter_context(local_cluster(n_workers=2))
        block = parallel_backend("dask", client=client, prefer="own", check_versions=False)
        _runs.append(_stack.enter_context(block))
    else:
        _stack.enter_context(joblib.parallel_config(os.environ["UPSTREAM_BLOCK"], n_jobs=2))


def pytest_sessionfinish(session):
    _stack.close()
    for run in _runs:
        print(f"\n{run!r}")
        assert run.tasks > 0, "no task ran on the cluster"
