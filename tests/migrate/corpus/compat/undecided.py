"""The name comes from outside."""
import os

import distributed
from joblib import Parallel, delayed
from joblib_dask_compat import parallel_backend

BACKEND = os.environ.get("BACKEND_OF_THE_DAY", "distributed")
with distributed.Client(os.environ["SCHEDULER"]):
    with parallel_backend(BACKEND):
        print(os.getpid() in Parallel()(delayed(os.getpid)() for _ in range(4)))
# prints: False
