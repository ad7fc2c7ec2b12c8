import os

import joblib
from dask.distributed import Client

with Client(os.environ["SCHEDULER"]):
    with joblib.parallel_config(backend="dask", verbose=0):
        print(os.getpid() in joblib.Parallel()(joblib.delayed(os.getpid)() for _ in range(4)))
# prints: False
