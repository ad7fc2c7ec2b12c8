"""Between measured neighbours: whether a combination that was not measured stands there.

It is said to work where nothing speaks against it (see `objections`), and

* for each two of its four parts: among the measured combinations that have the one part's line, the nearest with the
  other part at or below, and the nearest at or above, work;
* none that failed has the lines of all four parts; and where one that failed has those of three, another that works
  has these three.

So it stands between measured neighbours in every pair. Faults of version combinations are faults of pairs: every
advisory of this project names at most two packages, which is also what studies of other software found
(https://csrc.nist.gov/projects/automated-combinatorial-testing-for-software). matrix/check_caniuse.py measures how
often the rule is right.
"""

import bisect
import itertools
from functools import lru_cache
from typing import Dict, Iterator, List, NamedTuple, Sequence, Tuple

from packaging.version import Version

from .records import AXES, Combination, Record, Support, line, parse, title


class Beside(NamedTuple):
    """The versions of one axis that were measured with a line of another, oldest first."""

    keys: List[Version]
    versions: List[str]
    work: List[bool]  #: with that line, in one combination at least


class Neighbours:
    """The measured combinations around others."""

    def __init__(self, support: Support) -> None:
        measured = [each for each in support.records if each.state() != "untested"]
        self._beside = _besides(measured)
        self._failed = [each.combination for each in measured if not each.works]
        #: The lines of what works, with each axis in turn left out.
        self._worked = {
            (*lines[:axis], "", *lines[axis + 1 :])
            for lines in (_lines(each.combination) for each in support.working)
            for axis in range(len(AXES))
        }
        # as these are asked about by the thousands, of which few have lines of their own
        self._doubts_of_two = lru_cache(maxsize=None)(self._of_two)
        self._doubts_nearby = lru_cache(maxsize=None)(self._nearby)

    def doubts(self, combination: Combination) -> Iterator[str]:
        """Say what keeps a combination from standing between neighbours; one with open parts, all that fill them."""
        there = [place for place, version in enumerate(combination) if version]
        for one, other in itertools.permutations(there, 2):
            yield from self._doubts_of_two(one, line(AXES[one], combination[one]), other, combination[other])
        if len(there) == len(AXES):
            yield from self._doubts_nearby(_lines(combination))

    def _of_two(self, one: int, mine: str, other: int, version: str) -> Tuple[str, ...]:
        """Return the doubts about a line of one axis with a version of another."""
        beside = self._beside.get((one, other, mine), _NOTHING)
        key = parse(version)
        below = bisect.bisect_right(beside.keys, key) - 1
        above = bisect.bisect_left(beside.keys, key)
        told = []
        for way, place in (("below", below), ("above", above)):
            found = 0 <= place < len(beside.keys)
            if not found or not beside.work[place]:
                why = f"failed ({beside.versions[place]})" if found else "was not measured"
                told.append(f"with {title(AXES[one])} {mine}, {title(AXES[other])} at or {way} {version} {why}")
        return tuple(told)

    def _nearby(self, mine: Tuple[str, ...]) -> Tuple[str, ...]:
        """Return the doubts that failures with the same lines, or with three of them, leave."""
        told = []
        for failed in self._failed:
            shared = tuple(own if own == each else "" for own, each in zip(mine, _lines(failed)))
            differ = shared.count("")
            if differ == 0 or (differ == 1 and shared not in self._worked):
                told.append(f"{failed} failed")
        return tuple(told)


_NOTHING = Beside([], [], [])


def _lines(combination: Combination) -> Tuple[str, ...]:
    return tuple(line(axis, version) for axis, version in zip(AXES, combination))


def _besides(measured: Sequence[Record]) -> Dict[Tuple[int, int, str], Beside]:
    """Return which versions of one axis were measured with a line of another, by the places of both, and the line."""
    seen: Dict[Tuple[int, int, str], Dict[str, bool]] = {}
    for record in measured:
        lines = _lines(record.combination)
        for one, other in itertools.permutations(range(len(AXES)), 2):
            works = seen.setdefault((one, other, lines[one]), {})
            version = record.combination[other]
            works[version] = works.get(version, False) or record.works
    return {pair: _ordered(works) for pair, works in seen.items()}


def _ordered(works: Dict[str, bool]) -> Beside:
    versions = sorted(works, key=parse)
    return Beside([parse(each) for each in versions], versions, [works[each] for each in versions])
