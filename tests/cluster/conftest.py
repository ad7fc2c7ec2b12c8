import os
import time

import cloudpickle
import pytest

from joblib_dask_compat import local_cluster


@pytest.fixture(scope="session")
def client():
    """A client of a real cluster: two worker processes of one thread."""
    with local_cluster(n_workers=2) as client:
        yield client


@pytest.fixture
def worker_pids(client):
    return set(client.run(os.getpid).values())


@pytest.fixture(autouse=True)
def functions_of_tests_travel_by_value(request):
    """Workers cannot import the test modules: whether they could would depend on where pytest was started."""
    cloudpickle.register_pickle_by_value(request.module)
    yield
    cloudpickle.unregister_pickle_by_value(request.module)


@pytest.fixture
def until():
    """Return what waits for a condition to come true."""

    def wait(condition, seconds=10):
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, "the condition did not come true"
            time.sleep(0.02)

    return wait
