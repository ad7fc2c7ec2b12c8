"""Scripts of other times run on the workers, unmodified, once `legacy.install()` was called."""

import os

import joblib
import pytest

from joblib_dask_compat import legacy
from joblib_dask_compat.errors import LegacyImportWarning

pytestmark = pytest.mark.cluster

PUBLISHED = """
from joblib import Parallel, delayed
from joblib import _dask, parallel_backend
from sklearn.utils import register_parallel_backend

register_parallel_backend('distributed', _dask.DaskDistributedBackend)

with parallel_backend('distributed', scheduler_host='ADDRESS'):
    pids = Parallel()(delayed(getpid)() for _ in range(10))
"""

OF_2017 = """
import distributed.joblib
from sklearn.externals.joblib import Parallel, delayed, parallel_backend

with parallel_backend('dask.distributed', scheduler_host='ADDRESS'):
    pids = Parallel(n_jobs=-1)(delayed(getpid)() for _ in range(10))
"""

OF_2018 = """
import distributed.joblib
from sklearn.externals import joblib

with joblib.parallel_backend('dask'):
    pids = joblib.Parallel(n_jobs=-1)(joblib.delayed(getpid)() for _ in range(10))
"""


@pytest.fixture
def installed():
    registry = dict(joblib.parallel.BACKENDS)
    legacy.install()
    yield
    legacy.uninstall()
    joblib.parallel.BACKENDS.clear()
    joblib.parallel.BACKENDS.update(registry)


def run(snippet, client):
    names = {"getpid": os.getpid}
    exec(snippet.replace("ADDRESS", client.scheduler.address.partition("://")[2]), names)
    return set(names["pids"])


@pytest.mark.usefixtures("installed")
def test_published_snippet(client, worker_pids):
    assert run(PUBLISHED, client) <= worker_pids


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("snippet", [OF_2017, OF_2018])
def test_older_ones_run_and_say_the_modern_spelling(client, worker_pids, snippet):
    with pytest.warns(LegacyImportWarning, match="Modern spelling"):
        assert run(snippet, client) <= worker_pids
