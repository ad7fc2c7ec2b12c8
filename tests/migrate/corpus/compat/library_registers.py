"""A library that registers the backend when it is asked to; who uses it is not seen here."""
from joblib_dask_compat import register_dask


def enable():
    for_all = "distributed"
    register_dask()
    return for_all


print(enable())
# prints: distributed
