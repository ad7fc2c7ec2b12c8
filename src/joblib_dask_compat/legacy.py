"""Import paths that upstream removed, opened again on request.

``install()`` lets scripts of 2016 to 2022 run unmodified: modules that are gone, or that fail to import on these
versions, are served as thin modules that forward to this package and to the joblib in use; functions that were taken
out of modules are put back; and where scikit-learn has a joblib of its own, a block entered in one copy is entered in
both. ``uninstall()`` undoes all of it. Nothing that exists and works is replaced.
"""

import importlib
import importlib.abc
import importlib.util
import sys
import threading
import types
import warnings
from typing import Any, Callable, Dict, List, Optional, Tuple

from .backend import backend_class
from .context import parallel_backend
from .copies import SITE, Copy, all_copies, used_by_sklearn
from .errors import LegacyImportWarning
from .registration import NAMES, register_dask


def register_parallel_backend(name: str, factory: Any, make_default: bool = False) -> None:
    """Register a backend in every joblib copy, a Dask one in the form that each copy can use."""
    for copy in all_copies():
        mine = backend_class(copy) if _is_dask(factory) else factory
        copy.parallel.register_parallel_backend(name, mine, make_default=make_default)


def _is_dask(factory: Any) -> bool:
    names = [cls.__name__ for cls in getattr(factory, "__mro__", ())]
    return bool({"DaskBackend", "DaskDistributedBackend", "DistributedBackend"} & set(names))


def _dask_module() -> Dict[str, Any]:
    own = backend_class(Copy(SITE))
    return {"DaskDistributedBackend": own, "DistributedBackend": own}


def _registering_module() -> Dict[str, Any]:
    register_dask()
    return _dask_module()


def _joblib_module() -> Dict[str, Any]:
    joblib = used_by_sklearn().module
    return {name: getattr(joblib, name) for name in dir(joblib) if not name.startswith("__")}


#: Modules that are served where they are missing or broken: what they hold, and the modern spelling.
MODULES: Dict[str, Tuple[Callable[[], Dict[str, Any]], str]] = {
    "joblib._dask": (_dask_module, "from joblib_dask_compat import parallel_backend"),
    "distributed.joblib": (_registering_module, "from joblib_dask_compat import register_dask"),
    "dask_ml.joblib": (_registering_module, "from joblib_dask_compat import register_dask"),
    "sklearn.externals.joblib": (_joblib_module, "from joblib_dask_compat import joblib"),
}

#: Functions that are put back where they are missing.
ATTRIBUTES: Dict[Tuple[str, str], Any] = {
    ("sklearn.utils", "register_parallel_backend"): register_parallel_backend,
    ("sklearn.utils", "parallel_backend"): parallel_backend,
}


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Serves the modules of the table, after the import system failed to."""

    def __init__(self) -> None:
        self._busy = threading.local()
        self.served: List[str] = []

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> Any:
        if fullname not in MODULES or getattr(self._busy, "now", False):
            return None
        self._busy.now = True
        try:
            found = self._import_upstream(fullname)
        finally:
            self._busy.now = False
        spec: Any = importlib.util.spec_from_loader(fullname, self, is_package=True)  # type: ignore[arg-type]
        spec.loader_state = found
        return spec

    @staticmethod
    def _import_upstream(fullname: str) -> Optional[types.ModuleType]:
        try:
            return importlib.import_module(fullname)
        except (ImportError, AttributeError):
            # gone, or importing what is gone itself; the reason is what MODULES is for, and the warning says so
            return None

    def create_module(self, spec: Any) -> Optional[types.ModuleType]:
        return spec.loader_state  # type: ignore

    def exec_module(self, module: types.ModuleType) -> None:
        name = module.__name__
        if module.__spec__ is not None and module.__spec__.loader is not self:
            return  # upstream's own, imported already
        contents, modern = MODULES[name]
        vars(module).update(contents())
        self.served.append(name)
        warnings.warn(
            f"{name} is gone from these versions; joblib-dask-compat stands in for it. Modern spelling: {modern}",
            LegacyImportWarning,
            stacklevel=2,  # warnings skips the import system's own frames
        )


class _Installed:
    """What `install` changed, so that `uninstall` can undo it."""

    def __init__(self) -> None:
        self.finder = _Finder()
        self.replaced: List[Tuple[Any, str, Any]] = []

    def put(self, module: Any, name: str, value: Any) -> None:
        self.replaced.append((module, name, vars(module).get(name, _ABSENT)))
        setattr(module, name, value)

    def undo(self) -> None:
        sys.meta_path.remove(self.finder)
        for module, name, before in reversed(self.replaced):
            if before is _ABSENT:
                delattr(module, name)
            else:
                setattr(module, name, before)
        for name in self.finder.served:
            sys.modules.pop(name, None)
            parent, _, child = name.rpartition(".")
            if parent in sys.modules:
                vars(sys.modules[parent]).pop(child, None)


_ABSENT = object()
_installed: Optional[_Installed] = None


def install() -> None:
    """Open the removed import paths. Idempotent.

    Warns
    -----
    LegacyImportWarning
        When such a path is used, with the modern spelling, at the line that uses it.
    """
    global _installed  # noqa: PLW0603 - one process, one import system
    if _installed is not None:
        return
    _installed = _Installed()
    sys.meta_path.insert(0, _installed.finder)
    for (home, name), function in ATTRIBUTES.items():
        if importlib.util.find_spec(home.partition(".")[0]) is not None:
            module = importlib.import_module(home)
            if not hasattr(module, name):
                _installed.put(module, name, function)
    copies = all_copies()
    if len(copies) > 1:
        for copy in copies:
            entering = _in_every_copy(copy.parallel.parallel_backend)
            _installed.put(copy.module, "parallel_backend", entering)


def _in_every_copy(own: Any) -> Any:
    """Return a copy's ``parallel_backend`` that enters Dask's names in all copies."""

    def entering(backend: Any, n_jobs: int = -1, **options: Any) -> Any:
        if backend in NAMES:
            return parallel_backend(backend, n_jobs=n_jobs, **options)
        return own(backend, n_jobs=n_jobs, **options)

    return entering


def uninstall() -> None:
    """Undo `install`: ``sys.meta_path``, ``sys.modules`` and the modules' attributes are as before."""
    global _installed  # noqa: PLW0603 - one process, one import system
    if _installed is not None:
        _installed.undo()
        _installed = None
