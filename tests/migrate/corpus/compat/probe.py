"""Whether the backend is there decides what happens."""
import os

try:
    from joblib_dask_compat import register_dask
    register_dask()
    HAVE_DASK = True
except ImportError:
    HAVE_DASK = False

from joblib import Parallel, delayed
from joblib_dask_compat import parallel_backend

if HAVE_DASK:
    with parallel_backend("dask", scheduler_host=os.environ["SCHEDULER"]):
        print(os.getpid() in Parallel()(delayed(os.getpid)() for _ in range(4)))
# prints: False
