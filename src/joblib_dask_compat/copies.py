"""The joblib copies that this process can hold, and which one scikit-learn uses.

scikit-learn up to 0.20 ships a joblib of its own, ``sklearn.externals.joblib``, with its own registry of backends
and its own active backend. A backend that is registered or entered in the other copy has no effect on it: the search
then runs on the client's machine, without a word. So this package acts on every copy.
"""

import importlib
import importlib.util
import os
import shlex
from types import ModuleType
from typing import Any, Iterable, List, Optional

from .errors import BrokenDependencyError, MissingDependencyError

SITE = "joblib"
VENDORED = "sklearn.externals.joblib"

#: What each package needs first, for the error message when it is missing.
_INSTALL = "python -m pip install 'joblib-dask-compat[cluster]'"
_READ = "docs/errors.md#imports"


def import_checked(name: str) -> ModuleType:
    """Import a module, and say truthfully what is wrong when that fails.

    Parameters
    ----------
    name : str
        Dotted name.

    Raises
    ------
    MissingDependencyError
        The package itself is not installed.
    BrokenDependencyError
        It is, but something inside it failed to import. joblib reports this as "dask is not installed"
        (``joblib/_dask.py``); here the real error is named and chained.
    """
    from .versions import versions

    package = name.partition(".")[0]
    try:
        module = importlib.import_module(name)
    except Exception as exc:
        _check_hidden((package, *PACKAGES), exc)
        failed = getattr(exc, "name", None) if isinstance(exc, ImportError) else None
        if isinstance(exc, ModuleNotFoundError) and failed == package:
            raise MissingDependencyError(
                f"The package {package!r} is not installed (found: {versions()}).",
                f"importing {name!r} needs it.",
                _INSTALL,
                _READ,
            ) from exc
        culprit = f"module {failed!r} is missing" if isinstance(exc, ModuleNotFoundError) else _said(exc)
        raise BrokenDependencyError(
            f"Importing {name!r} failed, though {package!r} is installed (found: {versions()}).",
            f"{type(exc).__name__}: {culprit}.",
            "install versions that fit together (docs/guide.md), or add what is missing: "
            f"python -m pip install {provider(failed or package)}",
            _READ,
        ) from exc
    _check_hidden((package,))
    return module


def _check_hidden(packages: Iterable[str], cause: Optional[Exception] = None) -> None:
    """Tell of a file that hides one of some packages, which says nothing by itself, or something misleading."""
    from .versions import versions

    for package in packages:
        hiding = hidden_by(package)
        if hiding is not None:
            raise BrokenDependencyError(
                f"Importing {package!r} finds {hiding}, not the package (found: {versions()}).",
                "a file of that name, in the folder that Python starts in, hides what is installed.",
                unhide(hiding),
                _READ,
            ) from cause


#: What this package and the tasks import: folders in every release.
PACKAGES = ("joblib", "sklearn", "dask", "distributed", "numpy", "tornado")


def hidden_by(package: str) -> Optional[str]:
    """Return the file that hides an installed package, as it has its name and comes before it; None, there is none."""
    if package not in PACKAGES:
        return None
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):  # something stands in for it in this process
        return None
    if spec is None or spec.origin is None or spec.submodule_search_locations is not None:
        return None
    return os.path.abspath(spec.origin)


def unhide(hiding: str) -> str:
    """Return the line that gives a file another name."""
    folder, name = os.path.split(hiding)
    return "mv {} {}".format(*map(shlex.quote, (hiding, os.path.join(folder, f"my_{name}"))))


#: Distributions that are not called as their modules are.
_PROVIDERS = {"distutils": '"setuptools<81"', "pkg_resources": '"setuptools<81"', "yaml": "pyyaml"}


def provider(module: str) -> str:
    """Return what pip is to install for a module, as it is written in a shell."""
    package = module.partition(".")[0]
    return _PROVIDERS.get(package, package)


def _said(exc: Exception) -> str:
    """Return an exception's text without what YAML's parser quotes of dask's configuration: secrets, perhaps."""
    for parsing in (exc, exc.__cause__, exc.__context__):
        mark = getattr(parsing, "problem_mark", None)
        if mark is not None:
            return str(exc).replace(str(parsing), f"{type(parsing).__name__} in line {mark.line + 1}")
    return str(exc)


class Copy:
    """One joblib of this process.

    Parameters
    ----------
    name : str
        ``"joblib"`` or ``"sklearn.externals.joblib"``. The module is imported when it is first needed.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<Copy {self.name} {self.version}>"

    @property
    def module(self) -> Any:
        """The copy's top module."""
        return import_checked(self.name)

    @property
    def parallel(self) -> Any:
        """The copy's ``parallel`` module: the registry of backends and the class ``Parallel``."""
        import_checked(self.name)
        return import_checked(self.name + ".parallel")

    @property
    def backends(self) -> Any:
        """The copy's module of backend classes, with ``ParallelBackendBase``."""
        import_checked(self.name)
        return import_checked(self.name + "._parallel_backends")

    @property
    def version(self) -> str:
        """The copy's own version: for a vendored one not the installed one."""
        return str(self.module.__version__)

    def register(self, name: str, factory: Any) -> None:
        """Register a backend class under a name in this copy."""
        self.parallel.register_parallel_backend(name, factory)

    def entered(self, backend: Any, n_jobs: Any) -> Any:
        """Return this copy's own context manager, which makes a backend the active one."""
        # joblib >= 1.3 has parallel_config too; parallel_backend has the same meaning on every version
        return self.parallel.parallel_backend(backend, n_jobs=n_jobs)


def _sklearn_has(*path: str) -> bool:
    """Tell whether scikit-learn ships a file, without importing it (which takes a second)."""
    spec = importlib.util.find_spec("sklearn")
    places = spec.submodule_search_locations if spec is not None else None
    return any(os.path.exists(os.path.join(place, *path)) for place in places or ())


def has_vendored() -> bool:
    """Tell whether scikit-learn brings a joblib of its own: a whole one, not the shim of 0.21 and 0.22."""
    return _sklearn_has("externals", "joblib", "parallel.py")


def all_copies() -> List[Copy]:
    """Return the copies of this process, the one that scikit-learn uses first.

    Returns
    -------
    list of Copy

    Raises
    ------
    MissingDependencyError
        There is no joblib at all.
    """
    names = [SITE] if importlib.util.find_spec(SITE) is not None else []
    if has_vendored():
        names.append(VENDORED)
    if not names:
        import_checked(SITE)
    used = _name_used_by_sklearn()
    return [Copy(name) for name in sorted(names, key=lambda name: name != used)]


def used_by_sklearn() -> Copy:
    """Return the copy that scikit-learn uses; the site joblib where scikit-learn is not installed."""
    return all_copies()[0]


def _name_used_by_sklearn() -> str:
    if not has_vendored():
        return SITE
    if not _sklearn_has("utils", "_joblib.py"):
        return VENDORED
    # scikit-learn 0.20: the variable SKLEARN_SITE_JOBLIB decided when it was imported, so it is asked
    chosen = import_checked("sklearn.utils._joblib").Parallel.__module__
    return VENDORED if chosen.startswith(VENDORED) else SITE


def loaded_copies(names: List[str]) -> List[Copy]:
    """Return those of the named copies that this process can import; on a worker not every one may be there."""
    return [Copy(name) for name in names if _importable(name)]


def _importable(name: str) -> bool:
    # Also where it is in sys.modules: another thread may be in the middle of importing it, and only the import system
    # waits for that. Importing a submodule beside it shows one of the threads a half-made module.
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True


def sklearn_pair(name: str) -> Optional[Any]:
    """Return scikit-learn's own ``Parallel`` or ``delayed`` where it has one, else None.

    scikit-learn >= 1.2.1 has both in ``sklearn.utils.parallel``; 0.24 to 1.2.0 only ``delayed``, in
    ``sklearn.utils.fixes``. Mixing its ``delayed`` with another ``Parallel`` loses its configuration.
    """
    if _sklearn_has("utils", "parallel.py"):
        return getattr(import_checked("sklearn.utils.parallel"), name)
    if name == "delayed" and not has_vendored() and _sklearn_has("utils", "fixes.py"):
        return getattr(import_checked("sklearn.utils.fixes"), name, None)
    return None


#: The package's public attributes that are found here when they are asked for.
_PUBLIC = {
    "joblib": lambda: used_by_sklearn().module,
    "Parallel": lambda: sklearn_pair("Parallel") or used_by_sklearn().parallel.Parallel,
    "delayed": lambda: sklearn_pair("delayed") or used_by_sklearn().parallel.delayed,
}


def public(name: str) -> Any:
    """Return ``joblib``, ``Parallel`` or ``delayed`` as scikit-learn uses it here."""
    return _PUBLIC[name]()
