"""A library that registers the backend when it is asked to; who uses it is not seen here."""
from joblib import register_parallel_backend


def enable():
    from joblib._dask import DaskDistributedBackend

    for_all = "distributed"
    register_parallel_backend("distributed", DaskDistributedBackend)
    return for_all


print(enable())
# prints: distributed
