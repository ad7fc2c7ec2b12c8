"""Import paths that upstream removed, opened again on request; and old pickles.

``install()`` lets scripts of 2016 to 2022 run unmodified: modules that are gone, or that fail to import on these
versions, are served in thin form by this package and by the joblib in use; functions that were taken out of modules
are put back; where scikit-learn has a joblib of its own, a block entered in one copy is entered in both; and upstream's
Dask backend is this package's own. ``uninstall()`` undoes all of it. Nothing else that exists and works is replaced.

``load()`` reads files that old versions wrote, which runs code that the file names. ``inspect()`` says what a file
names, and runs none of it.
"""

from .inspecting import inspect
from .loading import load
from .opening import install, uninstall

__all__ = ["inspect", "install", "load", "uninstall"]
