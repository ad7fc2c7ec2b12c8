"""One import runs scikit-learn on a Dask cluster, whatever versions are installed.

>>> from joblib_dask_compat import local_cluster, parallel_backend  # doctest: +SKIP
>>> with local_cluster() as client, parallel_backend("dask", scatter=[X, y]) as run:  # doctest: +SKIP
...     search.fit(X, y)
"""

import importlib
import sys
import types

# Eager, because the function and its module have one name: the later binding wins.
from .versions import versions

TYPE_CHECKING = False
if TYPE_CHECKING:
    import joblib
    from joblib import Parallel, delayed

    from . import legacy
    from .cluster import local_cluster
    from .context import parallel_backend, parallel_config
    from .registration import register_dask
    from .skew import check_cluster

__version__ = "0.1.0"

__all__ = [
    "Parallel",
    "check_cluster",
    "delayed",
    "joblib",
    "legacy",
    "local_cluster",
    "parallel_backend",
    "parallel_config",
    "register_dask",
    "versions",
]

#: Where each public name comes from; looked up when it is first used, so that importing this package costs nothing.
_HOMES = {
    "check_cluster": "skew",
    "local_cluster": "cluster",
    "parallel_backend": "context",
    "parallel_config": "context",
    "register_dask": "registration",
}


class _Package(types.ModuleType):
    """A module with lazy attributes: Python 3.6 does not know a module's own ``__getattr__``."""

    def __getattr__(self, name: str) -> object:
        if name == "legacy":
            return importlib.import_module(".legacy", __name__)
        if name in ("joblib", "Parallel", "delayed"):
            return importlib.import_module(".copies", __name__).public(name)
        if name in _HOMES:
            return getattr(importlib.import_module("." + _HOMES[name], __name__), name)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__(self) -> "list[str]":
        return sorted(set(super().__dir__()) | set(__all__))


sys.modules[__name__].__class__ = _Package
