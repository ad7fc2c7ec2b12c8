"""Version skew between the client, the scheduler and the workers.

distributed compares its own dependencies and numpy, but neither joblib nor scikit-learn (``distributed/versions.py``,
every release), and those are what the tasks of a search are made of.
"""

import warnings
import weakref
from typing import Any, Dict, List, NamedTuple, Tuple

from .connection import Connection
from .errors import VersionSkewError, VersionSkewWarning
from .shipping import shipped
from .versions import DISTRIBUTIONS, Installed, satisfies, versions

#: Packages whose versions must be the same everywhere; this package's own need not be: its code travels.
COMPARED = ("python", "joblib", "sklearn", "dask", "distributed", "numpy", "cloudpickle")


class Finding(NamedTuple):
    """One package that is not the same everywhere."""

    severity: str  #: ``"error"``: tasks cannot work; ``"warning"``: they may
    package: str  #: name on the package index
    here: str  #: the client's version, ``"not installed"`` where it is missing
    there: Dict[str, List[str]]  #: other versions found, each with the addresses that have it
    why: str
    fix: str

    def __str__(self) -> str:
        found = "; ".join("{} on {}".format(version, ", ".join(places)) for version, places in self.there.items())
        return f"{self.package}: {self.here} here, {found}. {self.why} Fix: {self.fix}"


class Break(NamedTuple):
    """Two ranges of one package that cannot work together on the wire."""

    package: str
    one: str
    other: str
    why: str


#: Pairs that fail whatever the backend. This package's own batches hold nothing of joblib's, so joblib is not here.
BREAKS = (
    Break(
        "sklearn",
        ">=0.24,<1.2.1",
        ">=1.2.1",
        "scikit-learn 1.2.1 moved the class that wraps every task (https://github.com/scikit-learn/scikit-learn/pull/25363).",
    ),
    Break(
        "sklearn",
        "<0.24",
        ">=0.24",
        "scikit-learn 0.24 wraps every task in a class that older ones lack.",
    ),
)


def check_cluster(client: Any) -> List[Finding]:
    """Compare the versions on the client, the scheduler and every worker, joblib and scikit-learn included.

    Parameters
    ----------
    client : distributed.Client

    Returns
    -------
    list of Finding
        The errors first; empty where all is the same.

    Raises
    ------
    SchedulerLostError, AsynchronousClientError
    """
    here = versions()
    answers = Connection(client).run_everywhere(shipped("versions", "versions"))
    there = {place: Installed(*answer) for place, answer in answers.items()}
    found = [_compare(package, here, there) for package in COMPARED]
    return sorted((each for each in found if each is not None), key=lambda each: each.severity)


def _compare(package: str, here: Installed, there: Dict[str, Installed]) -> Any:
    mine = getattr(here, package)
    others: Dict[str, List[str]] = {}
    reasons: List[Tuple[str, str]] = []
    for place, installed in sorted(there.items()):
        version = getattr(installed, package)
        # the scheduler runs no tasks: it needs neither joblib nor scikit-learn
        if version == mine or (place == "scheduler" and version is None):
            continue
        others.setdefault(version or "not installed", []).append(place)
        reasons.append(_judge(package, mine, version))
    if not others:
        return None
    severity, why = min(reasons)
    return Finding(
        severity,
        DISTRIBUTIONS.get(package, "python"),
        mine or "not installed",
        others,
        why,
        _remedy(package, mine),
    )


def _judge(package: str, mine: Any, version: Any) -> Tuple[str, str]:
    if package == "python":
        if _minor(mine) != _minor(version):
            return "error", "Functions that are sent by value cannot be read by another Python."
        return "warning", "Patch releases usually work together."
    if version is None:
        return "warning", "Tasks that need it fail there with ModuleNotFoundError."
    for each in BREAKS:
        pair = [(mine, version), (version, mine)]
        if each.package == package and any(satisfies(a, each.one) and satisfies(b, each.other) for a, b in pair):
            return "error", each.why
    return "warning", "What one version pickles, another may not read."


def _minor(version: str) -> List[str]:
    return version.split(".")[:2]


def _remedy(package: str, mine: Any) -> str:
    if package == "python":
        return "start the workers with Python {}".format(".".join(_minor(mine)))
    if mine is None:
        return f"python -m pip install {DISTRIBUTIONS[package]} (on the client)"
    return f"python -m pip install {DISTRIBUTIONS[package]}=={mine} (on the workers)"


_checked: Any = weakref.WeakSet()


def check_once(client: Any) -> None:
    """Check a client's cluster the first time that a block uses it.

    Raises
    ------
    VersionSkewError
        Something found is an error.

    Warns
    -----
    VersionSkewWarning
        Once for each finding that is not.
    """
    if client in _checked:
        return
    findings = check_cluster(client)
    errors = [str(each) for each in findings if each.severity == "error"]
    if errors:
        raise VersionSkewError(
            "Client, scheduler and workers run versions that do not work together.",
            " ".join(errors),
            "install the same versions everywhere, or try anyway with check_versions=False",
            "docs/errors.md#version-skew",
        )
    _checked.add(client)
    for each in findings:
        warnings.warn(str(each), VersionSkewWarning, stacklevel=5)
