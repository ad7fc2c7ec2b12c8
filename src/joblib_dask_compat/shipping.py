"""How this package's worker side reaches workers that do not have the package, or have another version of it.

The sources of the modules that run on workers travel, compressed, with the function that is submitted. A worker
imports them once, under a private name that contains their digest: so every worker runs the client's code, and there
is one path instead of one for workers with this package, one for those without and one for other versions.
"""

import hashlib
import importlib
import importlib.util
import pickle
import sys
import zlib
from typing import Any, Callable, Dict, Optional, Tuple

#: The modules that a worker needs, for nested calls too.
MODULES = (
    "errors",
    "versions",
    "copies",
    "connection",
    "serialize",
    "shipping",
    "surroundings",
    "worker",
    "observed",
    "placement",
    "batching",
    "call",
    "block",
    "backend",
)


class Shipped:
    """A function of this package that unpickles in any process, on a scheduler too, as such an object again.

    Parameters
    ----------
    module, name : str
        Where the function is in this package.
    """

    def __init__(self, module: str, name: str) -> None:
        self.__name__ = name
        self._module = module
        self._payload: Optional[bytes] = None

    def __call__(self, *args: Any) -> Any:
        """Call the function here."""
        return getattr(importlib.import_module("." + self._module, __package__), self.__name__)(*args)

    def __reduce__(self) -> Any:
        if self._payload is None:
            import cloudpickle

            self._payload = cloudpickle.dumps(_Fetched(self._module, self.__name__), protocol=4)
        return pickle.loads, (self._payload,)


class _Fetched:
    """Unpickles as a `Shipped` of the private package, which is made where it is not there yet."""

    def __init__(self, *place: str) -> None:
        self._place = place

    def __reduce__(self) -> Any:
        return _fetcher(), (*_package(), *self._place)


def _package() -> Tuple[str, bytes]:
    """Return the private name of the package on workers, and its sources."""
    sources = {each: _source(each) for each in MODULES}
    archive = zlib.compress(repr(sorted(sources.items())).encode("utf-8"), 9)
    private = "_joblib_dask_compat_" + hashlib.sha256(archive).hexdigest()[:16]
    _alias(private)
    return private, archive


def _fetcher() -> "Callable[..., Any]":
    # A function inside a function is pickled by value by every cloudpickle, and so needs nothing on the worker; not
    # even the names of annotations are there, so it has none.
    def fetch(private, archive, module, name):  # type: ignore
        import ast
        import importlib
        import importlib.abc
        import importlib.util
        import sys
        import zlib

        class Archive(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
            package = private

            def find_spec(self, fullname, path=None, target=None):  # type: ignore
                if fullname != private and fullname.rpartition(".")[0] != private:
                    return None
                is_package = fullname == private
                return importlib.util.spec_from_loader(fullname, self, is_package=is_package)  # type: ignore[arg-type]

            def get_source(self, fullname):  # type: ignore
                """The source that a traceback shows, too."""
                if fullname == private:
                    return ""
                sources = dict(ast.literal_eval(zlib.decompress(archive).decode("utf-8")))
                return str(sources[fullname.rpartition(".")[2]])

            def is_package(self, fullname):  # type: ignore
                return fullname == private

        place = private + ".shipping"
        if place not in sys.modules:
            if not any(getattr(finder, "package", None) == private for finder in sys.meta_path):
                sys.meta_path.append(Archive())
            importlib.import_module(place)
        return sys.modules[place].shipped(module, name)

    return fetch


def _source(module: str) -> str:
    spec = importlib.util.find_spec("." + module, __package__)
    loader = spec.loader if spec is not None else None
    return loader.get_source(__package__ + "." + module)  # type: ignore


def _alias(private: str) -> None:
    """Let names from workers, of the errors that a nested call raises there, mean this process's own modules."""
    if __package__ == private:
        return
    sys.modules.setdefault(private, sys.modules[__package__])
    for module in MODULES:
        own = importlib.import_module("." + module, __package__)
        sys.modules.setdefault(private + "." + module, own)


_shipped: Dict[str, Shipped] = {}


def shipped(module: str, name: str) -> Shipped:
    """Return the travelling form of a function; made once."""
    place = module + "." + name
    if place not in _shipped:
        _shipped[place] = Shipped(module, name)
    return _shipped[place]
