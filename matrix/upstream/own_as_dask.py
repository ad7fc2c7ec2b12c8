"""A pytest plugin: joblib's own tests of its Dask backend, with the name "dask" pointing at this package's.

Runs inside a cell; Python 3.6. ``joblib._dask.DaskDistributedBackend`` is made to mean our class too, which is what
`joblib_dask_compat.legacy` serves under that name, so that the tests' isinstance checks look for ours.
"""

import json
import os
import threading

import joblib._dask
import pytest
from distributed import Client
from distributed.utils_test import cleanup, loop, loop_in_thread  # noqa: F401 - fixtures that the tests use

from joblib_dask_compat import register_dask, serialize
from joblib_dask_compat.backend import backend_class
from joblib_dask_compat.copies import SITE, Copy

#: Tests that need upstream's threshold for placing a value on the workers, and that threshold.
THRESHOLDS = json.loads(os.environ["UPSTREAM_THRESHOLDS"])


def pytest_configure(config):
    joblib._dask.DaskDistributedBackend = backend_class(Copy(SITE))
    config.addinivalue_line("markers", "thread_unsafe: joblib marks its tests with it")


def pytest_collection_finish(session):
    # not before: a module of joblib's tests makes an instance of every registered backend when it is imported
    print(register_dask(prefer="own"))
    _start_callback_thread()


def _start_callback_thread():
    """Start distributed's one thread for callbacks of futures: the fixtures take it for the first test's leak."""
    called = threading.Event()
    with Client(processes=False, dashboard_address=None, n_workers=1) as client:
        future = client.submit(int)
        future.add_done_callback(lambda _: called.set())
        assert called.wait(30)


@pytest.fixture(autouse=True)
def threshold(request, monkeypatch):
    bytes_ = THRESHOLDS.get(request.node.name.partition("[")[0])
    if bytes_ is not None:
        monkeypatch.setattr(serialize, "LARGE", bytes_)
