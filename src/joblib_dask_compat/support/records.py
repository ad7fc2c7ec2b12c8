"""The records of the matrix as they ship with the package: data/support.json, unpacked.

A combination has four axes, named as `joblib_dask_compat.versions.Installed` names them. A version's line is what the
matrix is planned by: the minor version, and the quarter for releases of distributed that are named after a date.
"""

import bisect
import json
import os
from functools import lru_cache
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from ..errors import DamagedDataError
from ..versions import DISTRIBUTIONS, Installed

AXES = ("python", "joblib", "sklearn", "distributed")

#: What the packages that move with the axes are called on the package index, by the names of `Installed`.
COMPANIONS = {name: known for name, known in DISTRIBUTIONS.items() if name not in (*AXES, "compat")}

OURS = "compat"  #: the column that tells what this package does
GOOD = ("pass", "n/a")

_FILE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "data", "support.json")

parse = lru_cache(maxsize=None)(Version)


def title(axis: str) -> str:
    """Return the name by which people know an axis: that on the package index, or Python."""
    return DISTRIBUTIONS.get(axis, "Python")


def line(axis: str, version: str) -> str:
    """Return the line that a version belongs to.

    Examples
    --------
    >>> line("joblib", "1.4.2"), line("distributed", "2.9.3"), line("distributed", "2021.6.2")
    ('1.4', '2.9', '2021Q2')
    """
    release = (*parse(version).release, 0)[:2]
    if axis == "distributed" and release[0] >= 2020:
        return f"{release[0]}Q{(release[1] + 2) // 3}"
    return "{}.{}".format(*release)


#: From this release on, distributed requires one dask: that of the same version.
_ONE_DASK = (2021, 5)

#: Releases that require another one: https://github.com/dask/distributed/blob/2026.1.0/pyproject.toml
_ANOTHER_DASK: Dict[Tuple[int, ...], Tuple[int, ...]] = {(2026, 1, 0): (2025, 12, 0)}


def dask_of(distributed: str) -> Optional[str]:
    """Return the only dask that a release of distributed goes with; None, it leaves the choice."""
    release = parse(distributed).release
    wanted = _ANOTHER_DASK.get(release, release[:3])
    return ".".join(map(str, wanted)) if release >= _ONE_DASK else None


class Combination(NamedTuple):
    """One version of each axis; an empty one is open."""

    python: str
    joblib: str
    sklearn: str
    distributed: str

    @property
    def cell(self) -> str:
        """The id of its cell in the matrix."""
        return "py{}-joblib{}-sklearn{}-distributed{}".format(*self)

    @property
    def named(self) -> Dict[str, str]:
        """Its versions by the names that the package index has, ``python`` first."""
        return {DISTRIBUTIONS.get(axis, axis): version for axis, version in zip(AXES, self)}

    def installed(self, **others: Optional[str]) -> Installed:
        """Return it, and versions of other packages, as an `Installed`, for what judges those."""
        versions: Dict[str, Optional[str]] = dict.fromkeys(Installed._fields)
        versions.update((axis, version or None) for axis, version in zip(AXES, self))
        versions.update(others)
        return Installed(**versions)

    def __str__(self) -> str:
        return ", ".join(f"{title(axis)} {version}" for axis, version in zip(AXES, self))


#: The combination of which nothing is decided.
OPEN = Combination("", "", "", "")


class Outcome(NamedTuple):
    """How one behaviour ended."""

    status: str
    reason: str


class Record(NamedTuple):
    """What was measured of a combination, or why it could not be."""

    combination: Combination
    date: str
    columns: Dict[str, Dict[str, Outcome]]  #: by column and behaviour
    pins: Dict[str, str]  #: all that was installed beside this package
    error: Optional[str]  #: why there are no outcomes

    def state(self, column: str = OURS) -> str:
        """Return ``pass``, ``partial``, ``fail`` (no search runs), ``not-installable`` or ``untested``."""
        if self.error is not None:
            return "not-installable"
        outcomes = self.columns.get(column)
        if not outcomes:
            return "untested"
        if all(each.status in GOOD for each in outcomes.values()):
            return "pass"
        return "partial" if outcomes.get("grid_search", Outcome("fail", "")).status in GOOD else "fail"

    @property
    def works(self) -> bool:
        """Whether everything that was measured of this package works."""
        return self.state() == "pass"

    def installed(self) -> Installed:
        """Return what was measured, the packages that move with the axes included."""
        return self.combination.installed(**companions(self.pins))


def companions(pins: Dict[str, str]) -> Dict[str, Optional[str]]:
    """Return what pins have of the packages that move with the axes, by the names of `Installed`."""
    return {name: pins.get(known) for name, known in COMPANIONS.items()}


class Release(NamedTuple):
    """What is known of a release of one of the three packages."""

    date: str
    requires_python: Optional[str]
    wheels: Optional[List[str]]  #: the Pythons that it has a wheel for, where it has to be compiled otherwise
    requires: Optional[Dict[str, str]]  #: ranges of the others of the three


class Support:
    """The records and the releases that they cover.

    Parameters
    ----------
    data : dict
        As ``matrix/support_data.py`` of the project packs it.
    """

    def __init__(self, data: Dict[str, Any]) -> None:
        names = {DISTRIBUTIONS[axis]: axis for axis in AXES[1:]}
        self.releases: Dict[str, Dict[str, Release]] = {
            names[package]: {version: Release(*told) for version, told in known.items()}
            for package, known in data["releases"].items()
        }
        #: Ranges of combinations that are not measured, though they could be installed, and why.
        self.excludes: List[Tuple[Dict[str, str], str]] = [
            ({names.get(name, name): allowed for name, allowed in when.items()}, f"{reason} ({link})")
            for when, reason, link in data["excludes"]
        ]
        self.records: List[Record] = [_unpacked(row, data) for row in data["records"]]
        self.by_combination = {each.combination: each for each in self.records}
        self.working = [each for each in self.records if each.works]
        pythons = sorted({each.combination.python for each in self.records}, key=parse)
        self._known = {"python": pythons, **{axis: sorted(found, key=parse) for axis, found in self.releases.items()}}
        self._keys = {axis: [parse(each) for each in known] for axis, known in self._known.items()}

    @property
    def date(self) -> str:
        """The day of the newest record."""
        return max(each.date for each in self.records)

    def known(self, axis: str) -> List[str]:
        """Return the versions of an axis, oldest first: all releases, or the Pythons that were measured."""
        return self._known[axis]

    def spelled(self, axis: str, version: str) -> Optional[str]:
        """Return a version as its release spells it (1.1 is 1.1.0), or None where there is no such release."""
        place = self.position(axis, version)
        found = self._known[axis][place : place + 1]
        return found[0] if found and parse(found[0]) == parse(version) else None

    def position(self, axis: str, version: str) -> int:
        """Return where a version stands, or would stand, among those of its axis."""
        return bisect.bisect_left(self._keys[axis], parse(version))

    def newest(self, axis: str) -> str:
        """Return the newest version of which this package is known to work."""
        return str(max((getattr(each.combination, axis) for each in self.working), key=parse))

    def obstacle(self, combination: Combination, dask: Optional[SpecifierSet] = None) -> Optional[str]:
        """Tell why installers refuse a combination, as far as its releases declare it; None, they do not.

        Parameters
        ----------
        combination : Combination
            Of one with open parts, why they refuse all that fill them.
        dask : SpecifierSet, optional
            What dask may be.
        """
        versions = combination.named
        for axis in AXES[1:]:
            version = getattr(combination, axis)
            release = self.releases[axis].get(version, _UNKNOWN)
            unfit = combination.python and _unfit(release, combination.python)
            if unfit:
                return f"{title(axis)} {version} {unfit}"
            for package, allowed in (release.requires or {}).items():
                if versions[package] and not _ranges(allowed).contains(versions[package]):
                    return f"{title(axis)} {version} requires {package}{allowed}"
        required = dask_of(combination.distributed) if dask is not None and combination.distributed else None
        if dask is not None and required and not dask.contains(required, prereleases=True):
            return f"distributed {combination.distributed} requires dask=={required}, not dask{dask}"
        return None


def _unfit(release: Release, python: str) -> Optional[str]:
    if not _ranges(release.requires_python or "").contains(python + ".99"):
        return f"requires Python {release.requires_python}"
    if release.wheels is not None and "cp" + python.replace(".", "") not in release.wheels:
        return f"has no wheel for Python {python}"
    return None


_UNKNOWN = Release("", None, None, None)
_ranges = lru_cache(maxsize=None)(SpecifierSet)


def _unpacked(row: List[Any], data: Dict[str, Any]) -> Record:
    date, columns, pins, *error = row[len(AXES) :]
    return Record(
        Combination(*row[: len(AXES)]),
        date,
        {column: _outcomes(data["outcomes"][place], data) for column, place in columns.items()},
        dict(data["pins"][place].split("==", 1) for place in pins),
        data["reasons"][error[0]] if error else None,
    )


def _outcomes(packed: Dict[str, List[Any]], data: Dict[str, Any]) -> Dict[str, Outcome]:
    outcomes: Dict[str, Outcome] = {}
    for status, places in packed.items():
        for place in places:
            behaviour, reason = (place, "") if status == "pass" else (place[0], data["reasons"][place[1]])
            outcomes[data["behaviours"][behaviour]] = Outcome(status, reason)
    return outcomes


def read() -> Dict[str, Any]:
    """Return data/support.json as it is packed."""
    with open(_FILE, encoding="utf-8") as stream:
        data: Dict[str, Any] = json.load(stream)
    return data


@lru_cache(maxsize=None)
def load() -> Support:
    """Return what ships with this package.

    Raises
    ------
    DamagedDataError
        It is not as it was shipped.
    """
    try:
        return Support(read())
    except Exception as exc:
        raise DamagedDataError.at(_FILE, exc) from exc
