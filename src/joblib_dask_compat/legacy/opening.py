"""``install()`` and ``uninstall()``: the open paths of the process, and what they add to the modules that are there."""

import contextlib
import functools
import importlib
import sys
import threading
from types import ModuleType
from typing import Any, Callable, Dict, Iterator, Mapping, Optional

from ..copies import SITE, Copy, has_vendored
from . import blocks, moved, paths
from .finder import PARALLEL, Opening

#: Where joblib's ``parallel_backend`` is, besides the module that defines it.
_HOLDERS = (SITE, paths.SKLEARN_JOBLIB, "sklearn.utils._joblib", "sklearn.utils")


def _with_names(rows: Mapping[str, paths.GoneName], opening: Opening, module: ModuleType) -> None:
    def find(name: str) -> Any:
        if name not in rows:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        found = rows[name].get()
        opening.warn(f"{module.__name__}.{name}", rows[name].modern)
        return found

    opening.serve(module, find)


def _with_all_of_joblib(opening: Opening, module: ModuleType) -> None:
    # the shim of scikit-learn 0.21 and 0.22 has neither a __version__ nor submodules
    if not has_vendored():
        opening.serve(module, lambda name: getattr(importlib.import_module(SITE), name))


def _with_own_backend(opening: Opening, module: Any) -> None:
    copy = Copy(module.__name__.rpartition(".")[0])
    own = blocks.standing_for(module.DaskDistributedBackend, copy)
    for name in ("DaskDistributedBackend", "DistributedBackend"):
        opening.put(module, name, own)


def _with_blocks_in_every_copy(opening: Opening, module: Any) -> None:
    if not has_vendored():
        return
    own = module.parallel_backend
    entering = blocks.entering(Copy(module.__name__.rpartition(".")[0]), own)

    @functools.wraps(own)
    def parallel_backend(*args: Any, **options: Any) -> Any:
        return (entering if opening.open else own)(*args, **options)

    def replace(old: Any, new: Any) -> None:
        for holder in (module, *filter(None, map(sys.modules.get, _HOLDERS))):
            if vars(holder).get("parallel_backend") is old:
                holder.parallel_backend = new

    replace(own, parallel_backend)
    opening.changes.callback(replace, parallel_backend, own)


def _as_package(opening: Opening, module: ModuleType) -> None:
    opening.put(module, "__path__", [])


_COMPLETIONS: Dict[str, Callable[[Opening, Any], None]] = {
    **{name: functools.partial(_with_names, rows) for name, rows in {**paths.NAMES, **moved.NAMES}.items()},
    **dict.fromkeys((SITE + "._dask", paths.SKLEARN_JOBLIB + "._dask"), _with_own_backend),
    **dict.fromkeys(PARALLEL, _with_blocks_in_every_copy),
    **dict.fromkeys(paths.MADE_PACKAGES, _as_package),
    paths.SKLEARN_JOBLIB: _with_all_of_joblib,
}

_lock = threading.RLock()
_opening: Optional[Opening] = None
_installed = False
_loads = 0  # that have the paths open for themselves


def install() -> None:
    """Open the removed import paths. Idempotent.

    Nothing that exists and works is replaced, with two exceptions. Where scikit-learn has a joblib of its own (before
    0.21), a Dask block that is entered in one joblib is entered in both. And ``joblib._dask.DaskDistributedBackend`` is
    this package's backend, which takes what upstream's class takes or once took, and does not hang where that does.

    Warns
    -----
    LegacyImportWarning
        When such a path is used, once for each, with the modern spelling, at the line that uses it.
    """
    global _installed  # noqa: PLW0603 - one process, one import system
    with _lock:
        _installed = True
        _open_or_close()


def uninstall() -> None:
    """Undo `install`: ``sys.meta_path``, ``sys.modules`` and the modules' attributes are as before."""
    global _installed  # noqa: PLW0603 - one process, one import system
    with _lock:
        _installed = False
        _open_or_close()


@contextlib.contextmanager
def opened() -> Iterator[None]:
    """Have the paths open for the length of a block, in which several threads may be at once."""
    global _loads  # noqa: PLW0603 - one process, one import system
    with _lock:
        _loads += 1
        _open_or_close()
    try:
        yield
    finally:
        with _lock:
            _loads -= 1
            _open_or_close()


def _open_or_close() -> None:
    global _opening  # noqa: PLW0603 - one process, one import system
    wanted = _installed or _loads > 0
    if wanted and _opening is None:
        _opening = Opening(_COMPLETIONS)
        _opening.begin()
    elif not wanted and _opening is not None:
        _opening.end()
        _opening = None
