"""What the records say of a combination: measured, interpolated, advised against, or untested.

What is asked may hold many combinations. Then the question is whether one of them works, and the answer is about one:
the newest that is known to work, else the newest that leaves hope. `interpolation` says how one that was not measured
may be known to work, `objections` what is known to speak against it.
"""

import itertools
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from packaging.specifiers import SpecifierSet

from . import candidates, objections
from .interpolation import Neighbours
from .objections import Companions, Objections, exact
from .records import AXES, GOOD, OURS, Combination, Record, Support, parse, title

__all__ = ["VERDICTS", "Asked", "Companions", "Judge", "Verdict", "exact", "lies_in"]

#: What is asked for: a range for each axis that is named; one that is not may be anything.
Asked = Dict[str, SpecifierSet]

RECORDED, INTERPOLATED, ADVISED_AGAINST, NOT_INSTALLABLE, UNTESTED = VERDICTS = (
    "recorded",
    "interpolated",
    "advised-against",
    "not-installable",
    "untested",
)


#: Which answer stands for several combinations of which none is known to work: one that leaves hope goes first.
_OPEN = (UNTESTED, RECORDED, ADVISED_AGAINST, NOT_INSTALLABLE)


class Verdict(NamedTuple):
    """The answer about a combination."""

    verdict: str  #: one of `VERDICTS`
    works: Optional[bool]  #: through this package; None, not known
    combination: Optional[Combination]  #: the one it is about, the best of several
    record: Optional[Record]
    reasons: Tuple[str, ...]
    among: int = 1  #: how many combinations of known releases were asked for


def lies_in(combination: Combination, asked: Asked) -> bool:
    """Tell whether a combination is one of those asked for."""
    return all(ranges.contains(getattr(combination, axis), prereleases=True) for axis, ranges in asked.items())


class Judge:
    """Answers from a set of records."""

    def __init__(self, support: Support) -> None:
        self.support = support
        self._neighbours = Neighbours(support)
        self._decisive = objections.decisive(support)

    def verdict(self, asked: Asked, companions: Optional[Companions] = None) -> Verdict:
        """Return the answer about the combinations asked for: that one of them works, if one does.

        Parameters
        ----------
        asked : dict
        companions : dict, optional
            Ranges of other packages, by the names of `Installed`, where they are known: None, it is not installed.
            Releases require versions of some, and advisories may be about them.
        """
        against = Objections(self.support, self._decisive, companions or {})
        allowed = [list(self._allowed(axis, asked)) for axis in AXES]
        among = len(allowed[0]) * len(allowed[1]) * len(allowed[2]) * len(allowed[3])
        if not among:
            return Verdict(UNTESTED, None, None, None, tuple(self.unknown(asked)), among)
        return self._best(asked, allowed, against)._replace(among=among)

    def nearest(self, asked: Asked) -> Optional[Record]:
        """Return the working combination that is nearest to what is asked for, on the same Python if there is one."""
        if not self.support.working:
            return None
        return min(self.support.working, key=lambda each: self._distance(each.combination, asked))

    def unknown(self, asked: Asked) -> Iterator[str]:
        """Yield what is asked for and no known release is."""
        for axis, ranges in sorted(asked.items()):
            known = self.support.known(axis)
            if not list(self._allowed(axis, asked)):
                yield (
                    f"no {title(axis)} {ranges} is known (as of {self.support.date}, from {known[0]} to {known[-1]})"
                )

    def _allowed(self, axis: str, asked: Asked) -> Iterator[str]:
        """Yield the known versions of an axis that are asked for, the newest first."""
        ranges = asked.get(axis, _ANY)
        return (each for each in reversed(self.support.known(axis)) if ranges.contains(each, prereleases=True))

    def _best(self, asked: Asked, allowed: List[List[str]], against: Objections) -> Verdict:
        measured = [
            each for each in self.support.records if each.state() != "untested" and lies_in(each.combination, asked)
        ]
        answers = []
        for record in sorted(measured, key=lambda each: [parse(version) for version in each.combination], reverse=True):
            answers.append(self._recorded(record, against))
            if answers[-1].works:
                return answers[-1]
        seen = {each.combination for each in measured}
        for hope in self._hopes(against):
            found = candidates.first(allowed, hope, without=seen)
            if found is not None:
                answer = self._unrecorded(found, against)
                return answer if answer.works else min([*answers, answer], key=lambda each: _OPEN.index(each.verdict))
        return min(answers, key=lambda each: _OPEN.index(each.verdict))

    def _hopes(self, against: Objections) -> Tuple[Callable[[Combination], bool], ...]:
        """Return what may be true of a combination that was not measured, the best first."""

        def installable(combination: Combination) -> bool:
            return against.obstacle(combination) is None

        def untroubled(combination: Combination) -> bool:
            return installable(combination) and not against.against(combination)

        def between(combination: Combination) -> bool:
            return untroubled(combination) and not any(self._neighbours.doubts(combination))

        return between, untroubled, installable, lambda combination: True

    def _recorded(self, record: Record, against: Objections) -> Verdict:
        if record.error is not None:
            return Verdict(NOT_INSTALLABLE, False, record.combination, record, (record.error,))
        if not record.works:
            failed = tuple(
                f"{name}: {each.status}, {each.reason}"
                for name, each in sorted(record.columns[OURS].items())
                if each.status not in GOOD
            )
            return Verdict(RECORDED, False, record.combination, record, failed)
        obstacle = against.obstacle(record.combination)
        if obstacle:
            return Verdict(NOT_INSTALLABLE, False, record.combination, record, (obstacle,))
        reasons = tuple(against.against_record(record))
        return Verdict(ADVISED_AGAINST if reasons else RECORDED, not reasons, record.combination, record, reasons)

    def _unrecorded(self, combination: Combination, against: Objections) -> Verdict:
        obstacle = against.obstacle(combination)
        if obstacle:
            return Verdict(NOT_INSTALLABLE, False, combination, None, (obstacle,))
        reasons = tuple(against.against(combination))
        if reasons:
            return Verdict(ADVISED_AGAINST, False, combination, None, reasons)
        doubts = tuple(itertools.islice(self._neighbours.doubts(combination), _DOUBTS_TOLD))
        if doubts:
            return Verdict(UNTESTED, None, combination, None, doubts)
        return Verdict(INTERPOLATED, True, combination, None, ())

    def _distance(self, combination: Combination, asked: Asked) -> List[float]:
        """Return how far a combination is off: another Python, packages that differ, releases between; then its age."""
        gaps = [self._gap(axis, getattr(combination, axis), asked.get(axis, _ANY)) for axis in AXES]
        newest = [
            self.support.position(axis, getattr(combination, axis)) / len(self.support.known(axis)) for axis in AXES
        ]
        return [bool(gaps[0]), sum(map(bool, gaps[1:])), sum(gaps), -sum(newest)]

    def _gap(self, axis: str, version: str, ranges: SpecifierSet) -> float:
        """Return how many releases of an axis lie between a version and a range, as a share of all."""
        if ranges.contains(version, prereleases=True):
            return 0
        ends = [self.support.position(axis, _plain(each.version)) for each in ranges]
        between = min(abs(self.support.position(axis, version) - end) for end in ends)
        return max(between, 0.5) / len(self.support.known(axis))


_ANY = SpecifierSet()
_DOUBTS_TOLD = 3


def _plain(version: str) -> str:
    return version[:-2] if version.endswith(".*") else version
