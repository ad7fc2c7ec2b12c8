import os

from joblib import Parallel, delayed, parallel_backend

with parallel_backend('dask', scheduler_host=os.environ['SCHEDULER']) as (backend, n_jobs):
    pids = Parallel()(delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids, n_jobs)
# prints: False -1
