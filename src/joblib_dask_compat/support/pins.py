"""Pins: exact versions, companions included, that come from the record of a combination that works."""

from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .. import advisories
from .records import AXES, Record, Support, parse

PREFERENCES = ("newest", "nearest")


class Wish(NamedTuple):
    """Something that the pins should keep to."""

    text: str  #: as it is asked for on the command line
    granted: Callable[[Record], bool]


def python_wish(version: str) -> Wish:
    """Wish for a Python."""
    return Wish(f"--python {version}", lambda record: record.combination.python == version)


def package_wish(requirement: Requirement) -> Wish:
    """Wish for a version, or a range of versions, of any package."""
    name = canonicalize_name(requirement.name)

    def granted(record: Record) -> bool:
        version = record.pins.get(name)
        return version is not None and requirement.specifier.contains(version, prereleases=True)

    return Wish(f"--keep {requirement}", granted)


def advisory_wish(severity: str) -> Wish:
    """Wish for no advisory of a severity among those that this package does not mend."""

    def granted(record: Record) -> bool:
        return severity not in [each["severity"] for each in advisories.remaining(record.installed())]

    return Wish(f"--no-advisory {severity}", granted)


def granting(support: Support, wishes: Sequence[Wish]) -> List[Record]:
    """Return the working combinations that grant all wishes."""
    return [each for each in support.working if all(wish.granted(each) for wish in wishes)]


def newest(support: Support, found: Sequence[Record]) -> Record:
    """Return the newest one; a combination is as new as its oldest part."""
    return max(found, key=lambda each: _age(support, each))


def nearest(support: Support, found: Sequence[Record], installed: Dict[str, str]) -> Record:
    """Return the one that changes the fewest packages of an environment; of several, the newest."""

    def nearness(record: Record) -> Tuple[Any, ...]:
        replaced = [name for name, (there, _) in changes(record.pins, installed).items() if there is not None]
        return (-len(replaced), *_age(support, record))

    return max(found, key=nearness)


def changes(pins: Dict[str, str], installed: Dict[str, str]) -> Dict[str, Tuple[Optional[str], str]]:
    """Return what pins change in an environment: by package, the old version (None, absent) and the new."""
    there = {name: installed.get(name) for name in pins}
    return {name: (there[name], pinned) for name, pinned in sorted(pins.items()) if not _same(there[name], pinned)}


def in_the_way(support: Support, wishes: Sequence[Wish]) -> List[Tuple[Wish, ...]]:
    """Return the smallest sets of wishes without which the others can be granted."""
    refused = {
        tuple(place for place, wish in enumerate(wishes) if not wish.granted(record)) for record in support.working
    }
    fewest = min(map(len, refused), default=0)
    return [tuple(wishes[place] for place in places) for places in sorted(refused) if len(places) == fewest]


def security(record: Record) -> List[Dict[str, Any]]:
    """Return the security advisories that hold for what a record pins."""
    return [each for each in advisories.remaining(record.installed()) if each["severity"] == "security"]


def to_install(record: Record) -> List[str]:
    """Return the packages to name beside constraints; the others are required by these."""
    # scikit-learn before 0.20 does not require numpy and scipy, nor joblib before 1.3 the setuptools that it takes
    # distutils from, and joblib 0.14.0 pkg_resources
    named = ["joblib", "scikit-learn", "distributed", "dask", "numpy", "scipy"]
    needed = parse(record.combination.python) >= parse("3.12") or record.combination.joblib == "0.14.0"
    if needed and "setuptools" in record.pins:
        named.append("setuptools")
    return named


def constraints(record: Record, wishes: Sequence[Wish]) -> Iterator[str]:
    """Yield the lines of a file for ``pip install -c`` or ``-r``."""
    yield f"# {record.combination}"
    yield f"# measured on {record.date} in the cell {record.combination.cell} of joblib-dask-compat"
    if wishes:
        yield "# for {}".format(" ".join(wish.text for wish in wishes))
    yield "# python -m pip install -c pins.txt {}".format(" ".join(to_install(record)))
    for each in security(record):
        yield "# security: {id}, {summary} (joblib-dask-compat explain {id})".format(**each)
    for name, version in sorted(record.pins.items()):
        yield f"{name}=={version}"


def _same(version: Optional[str], other: str) -> bool:
    return version is not None and parse(version) == parse(other)


def _age(support: Support, record: Record) -> Tuple[Any, ...]:
    """Return the days on which the three packages came out, the earliest first, and what decides between equals."""
    combination = record.combination
    days = sorted(support.releases[axis][getattr(combination, axis)].date for axis in AXES[1:])
    return days, [parse(version) for version in (combination.python, *reversed(combination[1:]))]
