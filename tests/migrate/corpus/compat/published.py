import os

from joblib import Parallel, delayed
from joblib_dask_compat import parallel_backend

with parallel_backend('dask', scheduler_host=os.environ['SCHEDULER']):
    pids = Parallel()(delayed(os.getpid)() for _ in range(10))
print(os.getpid() in pids)
# prints: False
