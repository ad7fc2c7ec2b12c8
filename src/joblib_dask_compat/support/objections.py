"""What speaks against a combination, whatever was measured around it: releases, advisories, limits of the matrix."""

from functools import lru_cache
from typing import Any, Collection, Dict, Iterator, List, NamedTuple, Optional, Tuple

from packaging.specifiers import SpecifierSet

from .. import advisories
from ..versions import satisfies
from .records import AXES, COMPANIONS, OPEN, Combination, Record, Support, parse

#: Ranges of packages by the names of `Installed`; None, it is known not to be installed.
Companions = Dict[str, Optional[SpecifierSet]]

#: Severities of advisories that keep a combination from working.
KEEPING = ("hang", "silent-local", "wrong-results", "blocks")

#: Ranges by axis, all of which must hold.
Ranges = Dict[str, str]


class Objection(NamedTuple):
    """Something that speaks against all combinations in one of some sets of ranges."""

    when: Tuple[Ranges, ...]
    why: str


def exact(ranges: SpecifierSet) -> Optional[str]:
    """Return the one version that a range holds, or None where it may hold several."""
    pinned = [each.version for each in ranges if each.operator in ("==", "===") and "*" not in each.version]
    return pinned[0] if pinned else None


def decisive(support: Support) -> List[Dict[str, Any]]:
    """Return the advisories that keep a combination from working, whatever goes with it: those none that works has."""
    found = [each for each in advisories.load() if each["severity"] in KEEPING and advisories.remains(each)]
    return [each for each in found if not any(_holds(_alone(each), record.combination) for record in support.working)]


class Objections:
    """What speaks against combinations with the companions that are named.

    Parameters
    ----------
    support : Support
    against : list of dict
        See `decisive`.
    companions : dict
        Of which nothing is said may be anything.
    """

    def __init__(self, support: Support, against: List[Dict[str, Any]], companions: Companions) -> None:
        self._support = support
        self._dask = companions.get("dask")
        versions = {name: None if ranges is None else exact(ranges) for name, ranges in companions.items()}
        self._known = {name: version for name, version in versions.items() if version or companions[name] is None}
        self._objections = [
            *(Objection(_alone(each), "{id}: {summary}".format(**each)) for each in against),
            *self._of_companions(self._known),
            *(Objection((when,), reason) for when, reason in support.excludes),
        ]

    def obstacle(self, combination: Combination) -> Optional[str]:
        """Tell why a combination cannot be installed; None, as far as its releases say it can."""
        return self._support.obstacle(combination, self._dask)

    def against(self, combination: Combination) -> List[str]:
        """Return what keeps a combination from working, though it can be installed."""
        return _unique(each.why for each in self._objections if _holds(each.when, combination))

    def against_record(self, record: Record) -> List[str]:
        """Return what keeps a measured combination that works from working with other companions than it had."""
        had = {name: record.pins.get(COMPANIONS.get(name, name)) for name in self._known}
        others = [name for name, version in self._known.items() if not _same(version, had[name])]
        found = self._of_companions(others) if others else ()
        return _unique(each.why for each in found if _holds(each.when, record.combination))

    def _of_companions(self, others: Collection[str]) -> Iterator[Objection]:
        """Yield what advisories say against some of the companions, as far as it takes these to say it."""
        for each in advisories.load():
            if each["severity"] in KEEPING and advisories.remains(each):
                blocks = (_split(block) for block in each["when"])
                when = tuple(axes for axes, rest in blocks if set(rest) & set(others) and self._has(rest))
                if when:
                    yield Objection(when, "{id}: {summary}".format(**each))

    def _has(self, ranges: Ranges) -> bool:
        """Tell whether companions are known to lie in ranges."""
        return set(ranges) <= set(self._known) and advisories.holds([ranges], OPEN.installed(**self._known))


def _split(block: Ranges) -> Tuple[Ranges, Ranges]:
    """Return what an advisory's block says of the axes, and of other packages."""
    axes = {name: allowed for name, allowed in block.items() if name in AXES}
    return axes, {name: allowed for name, allowed in block.items() if name not in AXES}


def _alone(advisory: Dict[str, Any]) -> Tuple[Ranges, ...]:
    """Return when an advisory holds whatever the companions are."""
    return tuple(axes for axes, rest in map(_split, advisory["when"]) if not rest)


_lies = lru_cache(maxsize=None)(satisfies)


def _holds(when: Tuple[Ranges, ...], combination: Combination) -> bool:
    return any(all(_lies(getattr(combination, axis) or None, each[axis]) for axis in each) for each in when)


def _same(version: Optional[str], other: Optional[str]) -> bool:
    return version == other or (version is not None and other is not None and parse(version) == parse(other))


def _unique(found: Any) -> List[str]:
    return list(dict.fromkeys(found))
