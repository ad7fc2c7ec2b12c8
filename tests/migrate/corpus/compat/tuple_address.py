import os

from joblib import Parallel, delayed
from joblib_dask_compat import parallel_backend

host, port = os.environ["SCHEDULER"].split(":")
loop = None


def test_simple():
    with parallel_backend('dask', scheduler_host=(host, int(port))):

        return Parallel()(delayed(os.getpid)() for _ in range(4))


print(os.getpid() in test_simple())
# prints: False
