"""How this package's worker side reaches workers that do not have the package, or have another version of it.

The sources of the modules that run on workers travel, compressed, with the function that is submitted, until all
workers have them. A worker imports them once, under a private name that contains their digest: so every worker runs the
client's code, and there is one path instead of one for workers with this package, one for those without and one for
other versions.
"""

import functools
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
    "scattering",
    "placement",
    "batching",
    "jobs",
    "packing",
    "losses",
    "question",
    "pauses",
    "silence",
    "watch",
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
        self.place = module, name
        self._payload: Optional[bytes] = None
        self.brief = Brief(self)

    def __call__(self, *args: Any) -> Any:
        """Call the function here."""
        module, name = self.place
        return getattr(importlib.import_module("." + module, __package__), name)(*args)

    def __reduce__(self) -> Any:
        if self._payload is None:
            import cloudpickle

            self._payload = cloudpickle.dumps(_Fetched(*self.place), protocol=4)
        return pickle.loads, (self._payload,)


class Brief:
    """A function of this package without its sources: where these are not, it unpickles as one that returns None.

    Parameters
    ----------
    shipped : Shipped
    """

    def __init__(self, shipped: Shipped) -> None:
        self.__name__ = shipped.__name__
        self._place = shipped.place

    def __call__(self, *args: Any) -> Any:
        """Call the function here."""
        return shipped(*self._place)(*args)

    def __reduce__(self) -> Any:
        return eval, (_LOOKED_UP.format(_package()[0] + ".shipping", *self._place),)


_LOOKED_UP = (
    "(lambda shipping: shipping.shipped({1!r}, {2!r}).brief if shipping else lambda *_: None)"
    "(__import__('sys').modules.get({0!r}))"
)


class _Fetched:
    """Unpickles as a `Shipped` of the private package, which is made where it is not there yet."""

    def __init__(self, *place: str) -> None:
        self._place = place

    def __reduce__(self) -> Any:
        return _fetcher(), (*_package(), *self._place)


@functools.lru_cache(maxsize=None)
def _package() -> Tuple[str, bytes]:
    """Return the private name of the package on workers, and its sources."""
    sources = repr([(each, _source(each)) for each in MODULES]).encode("utf-8")
    private = "_joblib_dask_compat_" + hashlib.sha256(sources).hexdigest()[:16]
    _alias(private)
    return private, zlib.compress(sources, 9)


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
