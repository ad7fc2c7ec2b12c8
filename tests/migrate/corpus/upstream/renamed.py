import os

from joblib import Parallel as P, delayed as d
from joblib import parallel_backend as pb

with pb("dask", scheduler_host=os.environ["SCHEDULER"]) as unused:
    print(os.getpid() in P()(d(os.getpid)() for _ in range(4)))
# prints: False
