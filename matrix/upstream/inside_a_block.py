"""A pytest plugin: the whole session runs inside one block, of the backend that UPSTREAM_BLOCK names.

Runs inside a cell; Python 3.6.
"""

import contextlib
import os

import joblib

_stack = contextlib.ExitStack()
_run = None


def pytest_sessionstart(session):
    global _run
    if os.environ["UPSTREAM_BLOCK"] == "dask":
        from joblib_dask_compat import local_cluster, parallel_backend

        client = _stack.enter_context(local_cluster(n_workers=2))
        _run = _stack.enter_context(
            parallel_backend("dask", client=client, prefer="own", check_versions=False)
        )
    else:
        _stack.enter_context(joblib.parallel_config(os.environ["UPSTREAM_BLOCK"], n_jobs=2))


def pytest_sessionfinish(session):
    _stack.close()
    if _run is not None:
        print("\n%r" % _run)
        assert _run.tasks > 0, "no task ran on the cluster"
