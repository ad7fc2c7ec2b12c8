"""A module that other modules import these names from."""
from joblib import Parallel, delayed, parallel_backend, _dask

__all__ = ["Parallel", "delayed", "parallel_backend", "_dask"]

print(sorted(name for name in __all__ if name in globals()))
# prints: ['Parallel', '_dask', 'delayed', 'parallel_backend']
