"""The name comes from outside."""
import os

import distributed
import joblib._dask
joblib.register_parallel_backend("dask", joblib._dask.DaskDistributedBackend)
joblib.register_parallel_backend("dask.distributed", joblib._dask.DaskDistributedBackend)
joblib.register_parallel_backend("distributed", joblib._dask.DaskDistributedBackend)
from joblib import Parallel, delayed, parallel_backend

BACKEND = os.environ.get("BACKEND_OF_THE_DAY", "distributed")
with distributed.Client(os.environ["SCHEDULER"]):
    with parallel_backend(BACKEND):
        print(os.getpid() in Parallel()(delayed(os.getpid)() for _ in range(4)))
# prints: False
