import os

from joblib import Parallel, delayed
from joblib import _dask, parallel_backend
from sklearn.utils import register_parallel_backend

register_parallel_backend('distributed', _dask.DaskDistributedBackend)

with parallel_backend('distributed', scheduler_host=os.environ['SCHEDULER']):
    pids = Parallel()(delayed(os.getpid)() for _ in range(10))
print(os.getpid() in pids)
# prints: False
