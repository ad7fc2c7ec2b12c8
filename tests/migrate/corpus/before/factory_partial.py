import functools
import os

from joblib import Parallel, delayed, parallel_backend, register_parallel_backend
from joblib._dask import DaskDistributedBackend

HOST = os.environ["SCHEDULER"]
register_parallel_backend("dask", functools.partial(DaskDistributedBackend, HOST))

with parallel_backend("dask"):
    pids = Parallel()(delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids)
# prints: False
