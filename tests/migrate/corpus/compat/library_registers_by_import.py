"""The same by an import, at the top of a package."""
from joblib_dask_compat import register_dask  # noqa: F401
register_dask()

__version__ = "0.1"
print(__version__)
# prints: 0.1
