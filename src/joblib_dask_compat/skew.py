"""Version skew between the client, the scheduler and the workers.

distributed compares its own dependencies and numpy, but neither joblib nor scikit-learn (``distributed/versions.py``,
every release), and those are what the tasks of a search are made of.
"""

import functools
import importlib.util
import warnings
import weakref
from typing import Any, Collection, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from .connection import Connection
from .errors import SchedulerLostError, VersionSkewError, VersionSkewWarning
from .versions import DISTRIBUTIONS, Installed, satisfies, versions

COMPARED = ("python", "joblib", "sklearn", "dask", "distributed", "numpy", "cloudpickle", "compat")

SEVERITIES = ("error", "warning", "note")

#: What a place has: versions by the names of `Installed`; None, not installed; a name that is missing was not asked.
Place = Dict[str, Optional[str]]


class Finding(NamedTuple):
    """One package that is not the same everywhere."""

    severity: str  #: ``"error"``: tasks cannot work; ``"warning"``: they may not; ``"note"``: it does not matter
    package: str  #: name on the package index
    here: str  #: the client's version, ``"not installed"`` where it is missing
    there: Dict[str, List[str]]  #: other versions found, each with the addresses that have it
    why: str
    fix: str

    @property
    def what(self) -> str:
        """What was found, and why it matters."""
        found = "; ".join("{} on {}".format(version, ", ".join(places)) for version, places in self.there.items())
        return f"{self.package}: {self.here} here, {found}. {self.why}"

    def __str__(self) -> str:
        return f"{self.what} Fix: {self.fix}"


class Break(NamedTuple):
    """Versions of one package with which tasks of the client fail on the workers, seen to do so."""

    package: str
    client: str
    workers: str
    route: str  #: ``any``, whatever the backend is; ``upstream``, only upstream's
    why: str
    sklearn: str = ""  #: only with these on the client


_SKLEARN_WRAPS = "scikit-learn 1.2.1 moved the class that wraps every task (https://github.com/scikit-learn/scikit-learn/pull/25363)."
_SKLEARN_WRAPPED = "scikit-learn 0.24 wraps every task in a class that older ones lack, and returns other results."
_SKLEARN_CALLBACKS = (
    "scikit-learn 1.9 sends contexts of callbacks with every task, of a module that older ones lack "
    "(https://github.com/scikit-learn/scikit-learn/pull/33533)."
)
_NUMPY_WARNINGS = (
    "scikit-learn 1.7 sends the client's warning filters with every task, and of those numpy 2 has one for a warning "
    "that older ones have elsewhere (https://github.com/scikit-learn/scikit-learn/pull/30380)."
)
_NUMPY_CORE = "numpy before 1.26.1 cannot read what numpy 2 pickles (https://github.com/numpy/numpy/pull/24906)."

BREAKS = (
    Break("sklearn", ">=1.2.1", "<1.2.1", "any", _SKLEARN_WRAPS),
    Break("sklearn", ">=0.24,<1.2.1", ">=1.2.1", "any", _SKLEARN_WRAPS),
    Break("sklearn", ">=0.24", "<0.24", "any", _SKLEARN_WRAPPED),
    Break("sklearn", "<0.24", ">=0.24", "any", _SKLEARN_WRAPPED),
    Break("sklearn", ">=1.9", "<1.9", "any", _SKLEARN_CALLBACKS),
    Break("numpy", ">=2", "<1.26.1", "any", _NUMPY_CORE),
    Break("numpy", ">=2", "<2", "any", _NUMPY_WARNINGS, ">=1.7"),
    Break("numpy", "<1.26.1", ">=2", "any", _NUMPY_CORE),
    Break("joblib", ">=0.16", "<0.16", "upstream", "joblib 0.16 changed the batches that upstream's backend sends."),
    Break("joblib", ">=1.4", "<1.4", "upstream", "joblib 1.4 sends tasks of upstream's backend in a class of its own."),
)


def check_cluster(client: Any, upstream: bool = False) -> List[Finding]:
    """Compare the versions on the client, the scheduler and every worker, joblib and scikit-learn included.

    Parameters
    ----------
    client : distributed.Client
    upstream : bool
        Whether tasks will go through upstream's backend, which breaks on more differences than this package's own.

    Returns
    -------
    list of Finding
        The errors first; empty where all is the same.

    Raises
    ------
    SchedulerLostError, AsynchronousClientError, TypeError
    """
    return list(compare(versions(), everywhere(client), _scheduler_address(client), upstream))


def everywhere(client: Any, workers: Optional[Sequence[str]] = None) -> Dict[str, Place]:
    """Return what workers (all, unless some are named) and the scheduler have, by address; its own is ``"scheduler"``.

    A worker that does not answer has nothing. The question is text that `eval` runs, so that a worker of any Python can
    read it. A place that cannot be asked so (before distributed 2.12, from Python 3.8 on, one of 3.7; a scheduler that
    is not to unpickle anything) says what distributed's own query tells.
    """
    connection = Connection(client)
    connection.check()
    question = functools.partial(eval, _question())
    try:
        answers = connection.run_everywhere(question, workers)
    except SchedulerLostError:
        raise
    except Exception:  # whatever the reading of it raised there
        answers = {}
    found = {place: dict(zip(Installed._fields, answer or ())) for place, answer in answers.items()}
    if "scheduler" not in found and None not in answers.values():  # whom it would wait for
        found = {**_told_by_distributed(client), **found}
    return found


def _question() -> str:
    spec = importlib.util.find_spec(versions.__module__)
    source = spec.loader.get_source(spec.name)  # type: ignore
    return f"(lambda names: (exec({source!r}, names), tuple(names['versions']()))[1])({{'__name__': 'asked'}})"


def _told_by_distributed(client: Any) -> Dict[str, Place]:
    try:
        # by the names of modules, and since 2025.4 by those of distributions
        told = client.get_versions(packages=["joblib", "sklearn", "scikit-learn"])
    except TypeError:  # before 1.23
        told = client.get_versions()
    places = dict(told["workers"], scheduler=told["scheduler"])
    return {place: _place(dict(_flat(answer))) for place, answer in places.items() if answer}


def _flat(told: Any) -> Iterator[Tuple[str, Any]]:
    """Yield names and versions from the nested dicts and lists of pairs that they are told in."""
    for name, value in told.items() if isinstance(told, dict) else told:
        if isinstance(value, (dict, list, tuple)):
            yield from _flat(value)
        else:
            yield name, value


def _place(told: Dict[str, Any]) -> Place:
    place: Place = {
        name: told[name] for name in ("joblib", "dask", "distributed", "numpy", "cloudpickle") if name in told
    }
    if told.get("sklearn") or told.get("scikit-learn"):
        place["sklearn"] = told.get("sklearn") or told.get("scikit-learn")
    if "python" in told:  # 3.8.18.final.0
        place["python"] = ".".join(told["python"].split(".")[:3])
    return place


def compare(here: Installed, there: Dict[str, Place], scheduler: str, upstream: bool) -> Iterator[Finding]:
    """Yield the differences between the client and the other places, the worst first."""
    found = [_compare(package, here, there, scheduler, upstream) for package in COMPARED]
    found.append(_silent([place for place, installed in there.items() if not installed]))
    yield from sorted((each for each in found if each is not None), key=lambda each: SEVERITIES.index(each.severity))


def _compare(
    package: str, here: Installed, there: Dict[str, Place], scheduler: str, upstream: bool
) -> Optional[Finding]:
    mine: Optional[str] = getattr(here, package)
    others: Dict[str, List[str]] = {}
    reasons: List[Tuple[int, str]] = []
    for place, installed in sorted(there.items()):
        version = installed.get(package, mine)
        # the scheduler runs no tasks, and workers need nothing of ours
        if version == mine or (version is None and (place == "scheduler" or package == "compat")):
            continue
        others.setdefault(version or "not installed", []).append(place)
        severity, why = _judge(package, here, version, upstream)
        reasons.append((SEVERITIES.index(severity), why))
    if not others:
        return None
    worst, why = min(reasons)
    remedy = _remedy(package, mine, scheduler)
    return Finding(
        SEVERITIES[worst], DISTRIBUTIONS.get(package, "python"), mine or "not installed", others, why, remedy
    )


def _silent(places: List[str]) -> Optional[Finding]:
    if not places:
        return None
    why = "It is stopped, cut off, or in code that holds the interpreter's lock; tasks that are sent there wait."
    told = {"no answer": sorted(places)}
    return Finding("warning", "workers", "asked from", told, why, "kill -9 PID  # on its host; start another one")


def _judge(package: str, here: Installed, version: Optional[str], upstream: bool) -> Tuple[str, str]:
    mine: Optional[str] = getattr(here, package)
    if package == "compat":
        return "note", "Its code travels with the tasks."
    if package == "python":
        if _minor(mine) != _minor(version):
            return "error", "Functions that are sent by value cannot be read by another Python."
        return "warning", "Patch releases usually work together."
    if version is None:
        return "warning", "Tasks that need it fail there with ModuleNotFoundError."
    for each in BREAKS:
        breaks = each.package == package and satisfies(mine, each.client) and satisfies(version, each.workers)
        if breaks and satisfies(here.sklearn, each.sklearn):
            if upstream or each.route == "any":
                return "error", each.why
            return "warning", each.why + " This package's own backend stands it."
    return "warning", "What one version pickles, another may not read."


def _minor(version: Optional[str]) -> List[str]:
    return (version or "").split(".")[:2]


def _remedy(package: str, mine: Optional[str], scheduler: str) -> str:
    if package == "python":
        python = ".".join(_minor(mine))
        return f"python{python} -m distributed.cli.dask_worker {scheduler}  # start the workers with Python {python}"
    if mine is None:
        return f"python -m pip install {DISTRIBUTIONS[package]}  # on the client"
    return f"python -m pip install {DISTRIBUTIONS[package]}=={mine}  # where it differs"


def _scheduler_address(client: Any) -> str:
    return str(client.scheduler.address)


#: By client, the workers that were checked, for this package's own backend and for upstream's.
_checked: "Dict[bool, weakref.WeakKeyDictionary[Any, Set[str]]]" = {
    False: weakref.WeakKeyDictionary(),
    True: weakref.WeakKeyDictionary(),
}


def check_once(client: Any, upstream: bool = False, workers: Optional[Collection[str]] = None) -> None:
    """Check a client's cluster the first time that a block uses it, and then the workers that have come since.

    Parameters
    ----------
    client : distributed.Client
    upstream : bool
        See `check_cluster`.
    workers : collection of str, optional
        Addresses of the workers that there are. If they are not given, only the first check asks for them.

    Raises
    ------
    VersionSkewError
        Something found is an error.

    Warns
    -----
    VersionSkewWarning
        Once for each finding that may matter.
    """
    known = _checked[upstream].get(client)
    if known if workers is None else known is not None and known.issuperset(workers):
        return
    newcomers = None if known is None else sorted(set(workers or ()) - known)
    places = everywhere(client, newcomers)
    findings = list(compare(versions(), places, _scheduler_address(client), upstream))
    errors = [str(each) for each in findings if each.severity == "error"]
    if errors:
        raise VersionSkewError(
            "Client, scheduler and workers run versions that do not work together.",
            " ".join(errors),
            "install the same versions everywhere, or try anyway with check_versions=False",
            "docs/errors.md#version-skew",
        )
    _checked[upstream].setdefault(client, set()).update(set(places) - {"scheduler"})
    for each in findings:
        if each.severity == "warning":
            warnings.warn(str(each), VersionSkewWarning, stacklevel=5)
