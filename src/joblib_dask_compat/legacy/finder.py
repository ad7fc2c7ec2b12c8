"""The finder at the head of ``sys.meta_path``, and the loaders that it hands out.

What upstream still has is imported as it is, and then completed with what it lacks; what is gone is given out as an
alias of its successor, or as a module that stands in for it. Every change is noted down with what undoes it.
"""

import contextlib
import importlib
import importlib.abc
import importlib.util
import sys
import threading
import warnings
from types import ModuleType
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Set

from ..copies import SITE
from ..errors import LegacyImportWarning
from . import moved, paths

_ABSENT = object()

PARALLEL = (SITE + ".parallel", paths.SKLEARN_JOBLIB + ".parallel")


class _Alias(importlib.abc.Loader):
    """Gives out another module under the name that is imported.

    The module itself, not one that forwards to it: then a task that uses it names the real one when it is pickled,
    and runs on workers that know nothing of the old path.
    """

    def __init__(self, opening: "Opening", target: str) -> None:
        self._opening = opening
        self._target = target

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        with quietly():  # where the target is an alias too, the user's line does not say so
            real = importlib.import_module(self._target)
        # the import system gives out what it finds there after this
        sys.modules[name] = _callable_if_need_be(name, real)
        self._opening.aliases.add(name)
        self._opening.serves(name)


class _StandIn(importlib.abc.Loader):
    """Fills a module that is gone with what stands in for it."""

    def __init__(self, opening: "Opening") -> None:
        self._opening = opening

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        self._opening.fill(module)


class _Completing(importlib.abc.Loader):
    """Runs upstream's own loader, then completes the module, or fills it where upstream's code does not run here."""

    def __init__(self, opening: "Opening", own: Any) -> None:
        self._opening = opening
        self._own = own

    def create_module(self, spec: Any) -> Any:
        return self._own.create_module(spec)

    def exec_module(self, module: Any) -> None:
        module.__spec__.loader = module.__loader__ = self._own
        try:
            self._own.exec_module(module)
        except (ImportError, AttributeError) as exc:
            if module.__name__ not in paths.MODULES:
                raise
            # it imports what is gone itself; the warning says what
            module.__spec__.loader = module.__loader__ = _StandIn(self._opening)
            self._opening.fill(module, f" ({type(exc).__name__}: {str(exc).strip().splitlines()[0]})")
        else:
            self._opening.complete(module)


Completions = Mapping[str, Callable[["Opening", Any], None]]


class Opening(importlib.abc.MetaPathFinder):
    """The open paths of a process.

    Parameters
    ----------
    completions : mapping
        From a module's name to what completes the module.
    """

    def __init__(self, completions: Completions) -> None:
        self.open = True
        #: Closing it undoes everything, the last change first.
        self.changes = contextlib.ExitStack()
        self.aliases: Set[str] = set()
        self._completions = completions
        self._told: Set[str] = set()

    def begin(self) -> None:
        """Take the head of ``sys.meta_path``, and complete what was imported before."""
        sys.meta_path.insert(0, self)
        self.changes.callback(sys.meta_path.remove, self)
        for name in self._completions:
            if name in sys.modules:
                self.complete(sys.modules[name])

    def end(self) -> None:
        """Undo everything."""
        self.open = False
        self.changes.close()

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        """Look for a module: what upstream has comes first."""
        alias = paths.alias_of(fullname)[1] or moved.MODULES.get(fullname, "")
        gone = fullname in paths.MODULES or fullname in paths.EMPTY_PACKAGES
        if not (alias or gone or fullname in self._completions):
            return None
        if fullname.rpartition(".")[0] not in self.aliases:  # whose __path__ would lead to second copies of modules
            found = self._elsewhere(fullname, path, target)
            if found is not None:
                if (gone or fullname in self._completions) and hasattr(found.loader, "exec_module"):
                    found.loader = _Completing(self, found.loader)
                return found
        if _is_asked_by_this_package():
            return None
        loader: Any = None
        if alias:
            loader = _Alias(self, alias) if _can_be_imported(alias) else None
        elif gone:
            loader = _StandIn(self)
        return loader and importlib.util.spec_from_loader(fullname, loader, is_package=True)

    def _elsewhere(self, fullname: str, path: Any, target: Any) -> Any:
        finders = [each for each in sys.meta_path if each is not self and hasattr(each, "find_spec")]
        specs = (each.find_spec(fullname, path, target) for each in finders)
        return next((spec for spec in specs if spec is not None), None)

    # -- what the loaders do

    def serves(self, name: str, reason: str = "") -> None:
        """Take note of a module that is being given out, and warn of it."""
        parent, _, child = name.rpartition(".")
        holder = sys.modules.get(parent)
        before = vars(holder).get(child, _ABSENT) if holder is not None else _ABSENT
        self.changes.callback(_forget, name, holder, child, before)
        root = paths.alias_of(name)[0] or name
        if root in paths.MODULES:  # of which a submodule tells only where the root itself is there
            self.warn(root if root in self.aliases else name, paths.MODULES[root].modern, reason)
        elif name in moved.MODULES:
            self.warn(name, f"from {parent} import ...")

    def fill(self, module: ModuleType, reason: str = "") -> None:
        """Put into a module what stands in for it."""
        name = module.__name__
        if name in paths.MODULES:
            registries = [each.BACKENDS for each in map(sys.modules.get, PARALLEL) if each is not None]
            before = [dict(each) for each in registries]
            contents = paths.MODULES[name].contents()
            for half_done in [each for each in vars(module) if not each.startswith("__")]:
                delattr(module, half_done)
            vars(module).update(contents)
            for registry, earlier in zip(registries, before):
                self._restores(registry, earlier)
        self.serves(name, reason)

    def _restores(self, registry: Dict[str, Any], before: Dict[str, Any]) -> None:
        """Undo, at the end, what the import of a module registered."""
        registered = {name: each for name, each in registry.items() if before.get(name) is not each}

        def restore() -> None:
            for name, each in registered.items():
                if registry.get(name) is each:
                    registry.pop(name)
                    registry.update({name: before[name]} if name in before else {})

        self.changes.callback(restore)

    # -- what completions do

    def complete(self, module: ModuleType) -> None:
        """Add to a module what it lacks."""
        if module.__name__ in self._completions:
            self._completions[module.__name__](self, module)

    def put(self, module: ModuleType, name: str, value: Any) -> None:
        """Set an attribute until the end."""
        self.changes.callback(_restore, module, name, vars(module).get(name, _ABSENT), value)
        setattr(module, name, value)

    def serve(self, module: ModuleType, find: Callable[[str], Any]) -> None:
        """Let `find` have its say, until the end, about names that a module does not have."""
        own: Any = type(module)

        class Completed(own):
            # a class, because Python 3.6 does not know a module's own __getattr__
            def __getattr__(self, name: str) -> Any:
                if hasattr(own, "__getattr__"):
                    with contextlib.suppress(AttributeError):
                        return own.__getattr__(self, name)
                return find(name)

        Completed.__name__ = own.__name__

        def give_back() -> None:
            if type(module) is Completed:
                module.__class__ = own

        module.__class__ = Completed
        self.changes.callback(give_back)

    def warn(self, path: str, modern: str, reason: str = "") -> None:
        """Warn of a path, once, at the line that uses it."""
        if path in self._told or getattr(_quiet, "now", False):
            return
        self._told.add(path)
        frame = _first_frame(lambda module: not _is_machinery(module))
        warnings.warn_explicit(
            f"{path} is gone from these versions{reason}; joblib-dask-compat stands in for it. "
            f"Modern spelling: {modern}",
            LegacyImportWarning,
            frame.f_code.co_filename,
            frame.f_lineno,
            frame.f_globals.get("__name__") or "<unknown>",
            frame.f_globals.setdefault("__warningregistry__", {}),
        )


_quiet = threading.local()


@contextlib.contextmanager
def quietly() -> Iterator[None]:
    """Do not warn of paths that this thread uses: not the user's code names them."""
    before, _quiet.now = getattr(_quiet, "now", False), True
    try:
        yield
    finally:
        _quiet.now = before


def _first_frame(wanted: Callable[[str], bool]) -> Any:
    """Return the innermost frame of a module that is wanted."""
    frame: Any = sys._getframe(1)
    while frame.f_back is not None and not wanted(frame.f_globals.get("__name__") or ""):
        frame = frame.f_back
    return frame


_PACKAGE = __package__.partition(".")[0]
_IMPORT_SYSTEM = ("importlib", "_frozen_importlib", "_frozen_importlib_external")


def _is_machinery(module: str) -> bool:
    """Tell whether a module's frames lie between the user's line and the finder."""
    top = module.partition(".")[0]
    return top in (*_IMPORT_SYSTEM, "pickle", SITE, _PACKAGE) or module.startswith(paths.SKLEARN_JOBLIB)


def _is_asked_by_this_package() -> bool:
    """Tell whether it is this package that imports: what it looks for, to take or to leave, is upstream's own."""
    asking = _first_frame(lambda module: module.partition(".")[0] not in _IMPORT_SYSTEM and module != __name__)
    name = asking.f_globals.get("__name__") or ""
    return bool(name.partition(".")[0] == _PACKAGE and not name.startswith(__package__))


def _callable_if_need_be(name: str, module: ModuleType) -> ModuleType:
    """Return a module to be given out under a name that may be a function's.

    ``sklearn.decomposition.dict_learning`` was a module, and still is a function. The import system is going to put
    the module in the function's place, so it must be callable.
    """
    parent, _, child = name.rpartition(".")
    function = vars(sys.modules[parent]).get(child)
    if not callable(function) or isinstance(function, ModuleType):
        return module
    both: Any = type("module", (ModuleType,), {"__call__": staticmethod(function)})(module.__name__)
    vars(both).update(vars(module))
    return both  # type: ignore[no-any-return]


def _can_be_imported(name: str) -> bool:
    if name in sys.modules:
        return True
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:  # of a parent
        return False


def _forget(name: str, holder: Optional[ModuleType], child: str, before: Any) -> None:
    module = sys.modules.pop(name, None)
    if holder is not None and module is not None:
        _restore(holder, child, before, module)


def _restore(module: ModuleType, name: str, before: Any, ours: Any) -> None:
    if vars(module).get(name, _ABSENT) is not ours:
        return  # somebody else's by now
    if before is _ABSENT:
        delattr(module, name)
    else:
        setattr(module, name, before)
