"""Whether the class can be registered decides what happens."""
import os

import joblib

try:
    from joblib._dask import DaskDistributedBackend
    joblib.register_parallel_backend('distributed', DaskDistributedBackend)
    HAVE_DASK = True
except ImportError:
    HAVE_DASK = False

if HAVE_DASK:
    with joblib.parallel_backend('distributed', scheduler_host=os.environ['SCHEDULER']):
        print(os.getpid() in joblib.Parallel()(joblib.delayed(os.getpid)() for _ in range(4)))
# prints: False
