import os

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
