"""Whether the backend is there decides what happens."""
import os

try:
    import distributed
    HAVE_DASK = True
except ImportError:
    HAVE_DASK = False

from joblib import Parallel, delayed, parallel_backend

if HAVE_DASK:
    with parallel_backend("dask", scheduler_host=os.environ["SCHEDULER"]):
        print(os.getpid() in Parallel()(delayed(os.getpid)() for _ in range(4)))
# prints: False
