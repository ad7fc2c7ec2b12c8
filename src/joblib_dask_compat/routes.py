"""The table of import paths that lead to a Dask backend, and the choice of one for a joblib copy.

A row's probe looks for what its path needs and decides; its versions say in which releases that was found, for
people, and every measured cell asserts that both agree.
"""

import importlib
import importlib.util
import inspect
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from . import advisories
from .copies import SITE, VENDORED, Copy
from .errors import NoRouteError
from .versions import Installed, matches, versions

READ = "docs/routes.md"


class UnusableRouteError(Exception):
    """Says why a route cannot be taken here."""


class Route(NamedTuple):
    """One way to a backend class."""

    name: str
    copies: Tuple[str, ...]  #: names of the copies that it serves
    versions: Tuple[Dict[str, str], ...]  #: sets of ranges, one of which holds where the probe succeeds
    load: Callable[[Copy], Any]  #: returns the backend class, or raises `UnusableRouteError`
    since: str  #: what it came with, and with what it went
    link: str


class Choice(NamedTuple):
    """The route taken for a copy."""

    copy: Copy
    route: Route
    backend: Any  #: the class, a factory in joblib's sense
    reason: str
    rejected: Tuple[Tuple[str, str], ...]  #: routes looked at before, each with the reason against it


def _attempt(path: str) -> Any:
    """Import what a route needs; any failure inside it is that route's reason."""
    try:
        module = importlib.import_module(path)
    except Exception as exc:
        raise UnusableRouteError(f"{type(exc).__name__}: {_first_line(exc)}") from exc
    if type(getattr(module, "__loader__", None)).__module__.startswith(f"{__package__}.legacy"):
        raise UnusableRouteError(f"{path} is gone; what legacy.install() opened stands in for it")
    return module


def _builtin(copy: Copy) -> Any:
    if "dask" not in getattr(copy.parallel, "EXTERNAL_BACKENDS", {}):
        raise UnusableRouteError("this joblib does not know the name 'dask'")
    # what the name stands for; joblib 0.12.0 and 0.12.1 had no class of their own yet
    has_own = importlib.util.find_spec(copy.name + "._dask") is not None
    if has_own:
        return _private(copy)
    _distributed_joblib(copy)
    found = copy.parallel.BACKENDS.get("dask")
    if found is None:
        raise UnusableRouteError("distributed.joblib registers no backend of the name 'dask' (since 1.21)")
    return found


def _private(copy: Copy) -> Any:
    _attempt("distributed")
    found = _attempt(copy.name + "._dask").DaskDistributedBackend
    return _constructible(getattr(found, "stands_for", found))  # by `legacy.install`, ours may stand for it


def _distributed_joblib(copy: Copy) -> Any:
    _attempt("distributed.joblib")
    found = copy.parallel.BACKENDS.get("distributed")
    if found is None:
        raise UnusableRouteError("distributed.joblib did not register in this copy of joblib")
    return found


def _own(copy: Copy) -> Any:
    from .backend import backend_class

    _attempt("distributed")
    return backend_class(copy)


def _constructible(backend: Any) -> Any:
    """Check what upstream's constructor needs of distributed, which its import does not show."""
    from distributed import as_completed

    takes = inspect.signature(as_completed.__init__).parameters
    if hasattr(backend, "_collect") and "raise_errors" not in takes:
        raise UnusableRouteError("distributed.as_completed has no argument 'raise_errors' (since 1.23.2)")
    return backend


def _first_line(exc: BaseException) -> str:
    return (str(exc).splitlines() or [""])[0]


#: What joblib's own class needs of distributed, by generation of joblib.
_JOBLIB_DASK = (
    {"joblib": ">=0.15", "distributed": ">=1.23.2"},
    {"joblib": ">=0.12.2,<0.15", "distributed": "<2021.6.1"},
)

UPSTREAM = (
    Route(
        "builtin",
        (SITE,),
        (*_JOBLIB_DASK, {"joblib": ">=0.12,<0.12.2", "distributed": ">=1.21,<1.24"}),
        _builtin,
        "the name 'dask' came with joblib 0.12; joblib before 0.15 needs distributed.utils.itemgetter, which "
        "distributed 2021.6.1 removed",
        "https://github.com/joblib/joblib/pull/722",
    ),
    Route(
        "joblib-private",
        (SITE,),
        _JOBLIB_DASK,
        _private,
        "joblib._dask came with joblib 0.12.2",
        "https://github.com/joblib/joblib/pull/722",
    ),
    Route(
        "sklearn-vendored",
        (VENDORED,),
        ({"sklearn": ">=0.20,<0.21", "distributed": "<2021.6.1"},),
        _private,
        "scikit-learn 0.20 ships joblib 0.12.5 to 0.13.2 with sklearn.externals.joblib._dask",
        "https://github.com/joblib/joblib/pull/722",
    ),
    Route(
        "distributed-joblib",
        (SITE, VENDORED),
        ({"distributed": "<1.24", "sklearn": "<0.21"}, {"distributed": "<1.24", "sklearn": ">=0.23"}),
        _distributed_joblib,
        "distributed.joblib registered itself until distributed 1.23.3; it cannot be imported beside the "
        "sklearn.externals.joblib of scikit-learn 0.21 and 0.22, which has no __version__",
        "https://github.com/dask/distributed/pull/2298",
    ),
)

OWN = Route(
    "own",
    (SITE, VENDORED),
    ({"distributed": ">=1.20"},),
    _own,
    "joblib_dask_compat.backend, for every joblib from 0.10.3",
    READ + "#own",
)

ROUTES = (*UPSTREAM, OWN)

PREFERENCES = ("auto", "upstream", "own")


def probe(route: Route, copy: Copy) -> Tuple[Optional[Any], str]:
    """Try a route for a copy.

    Returns
    -------
    tuple of (type or None, str)
        The backend class and the empty string, or None and the reason why not.
    """
    if copy.name not in route.copies:
        return None, "serves {} only".format(" and ".join(route.copies))
    try:
        return route.load(copy), ""
    except UnusableRouteError as exc:
        return None, str(exc)


def expected(route: Route, copy: Copy, installed: Installed) -> bool:
    """Tell whether the table says that a route can be taken, for a cell to compare with `probe`."""
    return copy.name in route.copies and matches(installed, route.versions)


def choose(copy: Copy, prefer: str = "auto") -> Choice:
    """Choose the route for a copy.

    Parameters
    ----------
    copy : Copy
    prefer : {"auto", "upstream", "own"}
        ``"auto"``: the newest upstream route that works here and of which no advisory names a fault on these
        versions, otherwise the own backend. ``"upstream"``: the newest upstream route that works.

    Returns
    -------
    Choice

    Raises
    ------
    NoRouteError
        ``prefer="upstream"``, and none works.
    BrokenDependencyError, MissingDependencyError
        distributed cannot be imported.
    """
    from .copies import import_checked

    installed = versions()
    # every route needs it: what is wrong with it is said once and in full, not as a route's reason
    import_checked("distributed")
    rejected: List[Tuple[str, str]] = []
    for route in () if prefer == "own" else UPSTREAM:
        backend, reason = probe(route, copy)
        faults = advisories.faults(copy, installed) if prefer == "auto" and backend else []
        if backend is not None and not faults:
            return Choice(copy, route, backend, f"{route.since} ({prefer})", tuple(rejected))
        rejected.append((route.name, reason or "known faults: " + ", ".join(faults)))
    if prefer == "upstream":
        raise NoRouteError(
            f"No upstream Dask backend can be had for {copy.name} {copy.version} (found: {installed}).",
            "; ".join("{}: {}".format(*pair) for pair in rejected),
            f"parallel_backend('dask', prefer='auto') uses this package's own backend; for upstream's, {_pin(copy)}",
            READ,
        )
    reason = "asked for" if prefer == "own" else "no upstream route without a known fault"
    return Choice(copy, OWN, _own(copy), reason, tuple(rejected))


def _pin(copy: Copy) -> str:
    if copy.name == VENDORED:
        return "python -m pip install 'distributed<1.24' (scikit-learn before 0.20), or 'scikit-learn>=0.21'"
    return "python -m pip install 'joblib>=0.15' (needs scikit-learn>=0.21), or 'distributed<2021.6.1'"
