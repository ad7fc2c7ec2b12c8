import os

from joblib import Parallel as P, delayed as d
from joblib import parallel_backend as pb
from joblib._dask import DaskDistributedBackend as Backend
from sklearn.utils import register_parallel_backend as register

register("dask.distributed", Backend)
with pb("dask.distributed", scheduler_host=os.environ["SCHEDULER"]) as unused:
    print(os.getpid() in P()(d(os.getpid)() for _ in range(4)))
# prints: False
