"""With or without a cluster, as an option says."""
import os

import dask.distributed
import joblib


def pids(use_dask):
    with joblib.parallel_backend("dask" if use_dask else 'threading', n_jobs=2):
        return set(joblib.Parallel()(joblib.delayed(os.getpid)() for _ in range(4)))


with dask.distributed.Client(os.environ["SCHEDULER"]):
    print(os.getpid() in pids(True), os.getpid() in pids(False))
# prints: False True
