"""A helper makes the block, its callers enter it."""
import os

from joblib import Parallel, delayed, parallel_backend


def cluster(address):
    return parallel_backend("dask", scheduler_host=address)


with cluster(os.environ["SCHEDULER"]):
    pids = Parallel(n_jobs=-1)(delayed(os.getpid)() for _ in range(4))
print(os.getpid() in pids)
# prints: False
