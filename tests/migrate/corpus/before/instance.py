import os

from joblib import Parallel, delayed, parallel_backend
from joblib._dask import DaskDistributedBackend

with parallel_backend(DaskDistributedBackend(scheduler_host=os.environ["SCHEDULER"]), n_jobs=2):
    pids = Parallel()(delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids)
# prints: False
