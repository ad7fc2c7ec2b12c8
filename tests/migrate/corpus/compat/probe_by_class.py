"""Whether the class can be registered decides what happens."""
import os

import joblib
from joblib_dask_compat import parallel_backend, register_dask

try:
    register_dask()
    HAVE_DASK = True
except ImportError:
    HAVE_DASK = False

if HAVE_DASK:
    with parallel_backend('dask', scheduler_host=os.environ['SCHEDULER']):
        print(os.getpid() in joblib.Parallel()(joblib.delayed(os.getpid)() for _ in range(4)))
# prints: False
