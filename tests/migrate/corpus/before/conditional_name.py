"""With or without a cluster, as an option says."""
import os

import dask.distributed
import joblib
from joblib import _dask
from sklearn.utils import register_parallel_backend

register_parallel_backend("distributed", _dask.DaskDistributedBackend)


def pids(use_dask):
    with joblib.parallel_backend("distributed" if use_dask else 'threading', n_jobs=2):
        return set(joblib.Parallel()(joblib.delayed(os.getpid)() for _ in range(4)))


with dask.distributed.Client(os.environ["SCHEDULER"]):
    print(os.getpid() in pids(True), os.getpid() in pids(False))
# prints: False True
