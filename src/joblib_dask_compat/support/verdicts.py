"""What the records say of a combination: measured, interpolated, advised against, or untested.

Interpolation. A combination that was not measured is said to work where nothing speaks against it:

* its releases declare that they go together, and no advisory that this package does not mend holds, but for one that
  did not keep a measured combination from working;
* for each two of its four parts: among the measured combinations that have the one part's line, the nearest with the
  other part at or below, and the nearest at or above, work;
* none that failed has the lines of all four parts; and where one that failed has those of three, another that works
  has these three.

So it stands between measured neighbours in every pair. Faults of version combinations are faults of pairs: every
advisory of this project names at most two packages, which is also what studies of other software found
(https://csrc.nist.gov/projects/automated-combinatorial-testing-for-software). matrix/check_caniuse.py measures how
often the rule is right.
"""

import itertools
from typing import Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from packaging.specifiers import SpecifierSet

from .. import advisories
from .records import AXES, GOOD, OURS, Combination, Record, Support, line, parse, title

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


def exact(ranges: SpecifierSet) -> Optional[str]:
    """Return the one version that a range holds, or None where it may hold several."""
    pinned = [each.version for each in ranges if each.operator in ("==", "===") and "*" not in each.version]
    return pinned[0] if pinned else None


def lies_in(combination: Combination, asked: Asked) -> bool:
    """Tell whether a combination is one of those asked for."""
    return all(ranges.contains(getattr(combination, axis), prereleases=True) for axis, ranges in asked.items())


class Judge:
    """Answers from a set of records."""

    def __init__(self, support: Support) -> None:
        self.support = support
        self._lines = {each.combination: _lines(each.combination) for each in support.records}
        self._pairs = self._seen_pairs()
        self._failed = [each for each in support.records if not each.works and each.state() != "untested"]
        #: The lines of what works, with each axis in turn left out.
        self._worked = {
            (*lines[:axis], "", *lines[axis + 1 :])
            for lines in (self._lines[each.combination] for each in support.working)
            for axis in range(len(AXES))
        }
        #: Ids of the advisories that keep a combination from working, whatever goes with it.
        self._decisive = {each["id"] for each in advisories.load() if each["severity"] in _KEEPING} - {
            each["id"] for record in support.working for each in advisories.remaining(record.combination.installed())
        }

    def verdict(self, asked: Asked, companions: Optional[Dict[str, str]] = None) -> Verdict:
        """Return the answer about the combinations asked for: that one of them works, if one does.

        Parameters
        ----------
        asked : dict
        companions : dict, optional
            Versions of other packages, by the names of `Installed`, where they are known: advisories may be about them.
        """
        answer = self._verdict(asked)
        against = tuple(self._against_companions(answer, companions or {}))
        return answer._replace(verdict=ADVISED_AGAINST, works=False, reasons=against) if against else answer

    def _verdict(self, asked: Asked) -> Verdict:
        matching = [each for each in self.support.records if lies_in(each.combination, asked)]
        tested = [each for each in matching if each.state() != "untested"]
        working = [each for each in tested if each.works]
        if working:
            best = max(working, key=lambda each: [parse(version) for version in each.combination])
            return Verdict(RECORDED, True, best.combination, best, ())
        answers = [self._recorded(each) for each in tested]
        for combination in self._candidates(asked, {each.combination for each in tested}):
            answer = self._unrecorded(combination)
            if answer.works:
                return answer
            answers.append(answer)
        return min(answers, key=lambda each: _OPEN.index(each.verdict)) if answers else self._beyond(asked)

    def nearest(self, asked: Asked) -> Optional[Record]:
        """Return the working combination that is nearest to what is asked for, on the same Python if there is one."""
        if not self.support.working:
            return None
        return min(self.support.working, key=lambda each: self._distance(each.combination, asked))

    def _recorded(self, record: Record) -> Verdict:
        if record.error is not None:
            return Verdict(NOT_INSTALLABLE, False, record.combination, record, (record.error,))
        failed = tuple(
            f"{name}: {each.status}, {each.reason}"
            for name, each in sorted(record.columns[OURS].items())
            if each.status not in GOOD
        )
        return Verdict(RECORDED, False, record.combination, record, failed)

    def _unrecorded(self, combination: Combination) -> Verdict:
        obstacle = self.support.obstacle(combination)
        if obstacle:
            return Verdict(NOT_INSTALLABLE, False, combination, None, (obstacle,))
        against = tuple(self._against(combination))
        if against:
            return Verdict(ADVISED_AGAINST, False, combination, None, against)
        doubts = tuple(itertools.islice(self._doubts(combination), _DOUBTS_TOLD))
        if doubts:
            return Verdict(UNTESTED, None, combination, None, doubts)
        return Verdict(INTERPOLATED, True, combination, None, ())

    def _against(self, combination: Combination) -> Iterator[str]:
        for each in advisories.remaining(combination.installed()):
            if each["id"] in self._decisive:
                yield "{id}: {summary}".format(**each)
        excluded = self.support.excluded(combination)
        if excluded:
            yield excluded

    @staticmethod
    def _against_companions(answer: Verdict, companions: Dict[str, str]) -> Iterator[str]:
        """Yield what advisories say against the companions of a combination that works with others."""
        if answer.works and answer.combination is not None:
            without = advisories.remaining(answer.combination.installed())
            for each in advisories.remaining(answer.combination.installed(**companions)):
                if each not in without and each["severity"] in _KEEPING:
                    yield "{id}: {summary}".format(**each)

    def _beyond(self, asked: Asked) -> Verdict:
        """No combination of known releases is asked for."""
        return Verdict(UNTESTED, None, None, None, tuple(self._unknown(asked)))

    def _unknown(self, asked: Asked) -> Iterator[str]:
        for axis, ranges in sorted(asked.items()):
            known = self.support.known(axis)
            if not any(ranges.contains(each, prereleases=True) for each in known):
                yield (
                    f"no {title(axis)} {ranges} is known (as of {self.support.date}, from {known[0]} to {known[-1]})"
                )

    def _candidates(self, asked: Asked, without: Set[Combination]) -> Iterator[Combination]:
        """Yield the combinations asked for that can be made of known releases, the newest first."""
        allowed = [
            [
                each
                for each in reversed(self.support.known(axis))
                if asked.get(axis, _ANY).contains(each, prereleases=True)
            ]
            for axis in AXES
        ]
        for versions in itertools.product(*allowed):
            combination = Combination(*versions)
            if combination not in without:
                yield combination

    def _doubts(self, combination: Combination) -> Iterator[str]:
        """Say what keeps an unmeasured combination from being interpolated."""
        for one, other in itertools.permutations(range(len(AXES)), 2):
            mine = line(AXES[one], combination[one])
            beside = self._pairs.get((one, other, mine), {})
            for way, nearest in (("below", _at_or_below), ("above", _at_or_above)):
                found = nearest(beside, combination[other])
                if found is None or not beside[found]:
                    yield "with {} {}, {} at or {} {} {}".format(
                        title(AXES[one]),
                        mine,
                        title(AXES[other]),
                        way,
                        combination[other],
                        "was not measured" if found is None else f"failed ({found})",
                    )
        yield from self._failures_nearby(combination)

    def _failures_nearby(self, combination: Combination) -> Iterator[str]:
        mine = _lines(combination)
        for record in self._failed:
            lines = self._lines[record.combination]
            shared = tuple(own if own == each else "" for own, each in zip(mine, lines))
            differ = shared.count("")
            if differ == 0 or (differ == 1 and shared not in self._worked):
                yield f"{record.combination} failed"

    def _seen_pairs(self) -> Dict[Tuple[int, int, str], Dict[str, bool]]:
        """Return which versions of one axis were measured with a line of another, and whether they worked."""
        seen: Dict[Tuple[int, int, str], Dict[str, bool]] = {}
        for record in self.support.records:
            if record.state() == "untested":
                continue
            for one, other in itertools.permutations(range(len(AXES)), 2):
                beside = seen.setdefault((one, other, self._lines[record.combination][one]), {})
                version = record.combination[other]
                beside[version] = beside.get(version, False) or record.works
        return seen

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

#: Severities of advisories that keep a combination from working.
_KEEPING = ("hang", "silent-local", "wrong-results", "blocks")


def _lines(combination: Combination) -> Tuple[str, ...]:
    return tuple(line(axis, version) for axis, version in zip(AXES, combination))


def _plain(version: str) -> str:
    return version[:-2] if version.endswith(".*") else version


def _at_or_below(versions: Dict[str, bool], version: str) -> Optional[str]:
    return max((each for each in versions if parse(each) <= parse(version)), key=parse, default=None)


def _at_or_above(versions: Dict[str, bool], version: str) -> Optional[str]:
    return min((each for each in versions if parse(each) >= parse(version)), key=parse, default=None)
