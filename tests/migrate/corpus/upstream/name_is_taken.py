"""The names that the rewritten code would use mean something else here."""
import os

import distributed
import joblib as jl


def parallel_backend(text):
    return text.upper()


def register_dask():
    return "mine"


def pids(joblib):
    with jl.parallel_backend("dask", scheduler_host=joblib):
        return jl.Parallel()(jl.delayed(os.getpid)() for _ in range(4))


print(os.getpid() in pids(os.environ["SCHEDULER"]), parallel_backend("dask"), register_dask(), distributed.__name__)
# prints: False DASK mine distributed
