import os

from joblib import Parallel, delayed
from joblib_dask_compat import parallel_backend

HOST = os.environ["SCHEDULER"]

with parallel_backend("dask", scheduler_host=HOST):
    pids = Parallel()(delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids)
# prints: False
