import os

from joblib import Parallel, delayed, parallel_backend

with parallel_backend("dask", n_jobs=2, scheduler_host=os.environ["SCHEDULER"]):
    pids = Parallel()(delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids)
# prints: False
