"""Rewriting the registration idioms of all eras for good, in scripts and in notebooks.

The way of a file goes through these modules from top to bottom; `idioms` has the tables that they read:
``files -> notebooks -> source -> survey -> decisions -> plan -> rewrite``.
All but `idioms` need libcst (extra ``migrate``), which `require_libcst` imports.
"""

import importlib

from ..errors import BrokenDependencyError, MissingDependencyError

_INSTALL = "python -m pip install 'joblib-dask-compat[migrate]'"
_READ = "docs/migrate.md#libcst"


def require_libcst() -> None:
    """Import libcst, and say truthfully what is wrong when that fails.

    Raises
    ------
    MissingDependencyError
        It is not installed.
    BrokenDependencyError
        It is, but something that it imports is not there; that error is the ``__cause__``.
    """
    try:
        importlib.import_module("libcst.metadata")
    except ImportError as exc:
        why = "code is rewritten with libcst, which keeps comments and formatting."
        if exc.name == "libcst":
            raise MissingDependencyError("The package 'libcst' is not installed.", why, _INSTALL, _READ) from exc
        raise BrokenDependencyError(f"Importing 'libcst' failed: {exc}.", why, _INSTALL, _READ) from exc
