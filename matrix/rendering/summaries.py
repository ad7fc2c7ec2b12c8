"""What many records amount to: counts, squares of a grid, and each promise over all cells."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import catalog
import records
import verdict
from catalog import Behaviour
from measure import GOOD
from rendering import faults, results, states, versions
from rendering.results import SEED, UPSTREAM, Result

COLUMNS = {records.OURS: "this package", UPSTREAM: "upstream's backend", SEED: "the published snippet"}

Group = Callable[[Result], str]


@dataclass(frozen=True)
class Square:
    """The records of one square of a grid."""

    found: Sequence[Result]
    between: str  # the package of which the square says which lines were measured in it

    @property
    def installed(self) -> list[Result]:
        return [result for result in self.found if not result.error]

    @property
    def ours(self) -> str:
        """The word for this package; where the records differ, how many pass."""
        if not self.installed:
            return states.STATES[states.NOT_INSTALLABLE if self.found else states.UNTESTED].word
        words = _words(result.ours for result in self.installed)
        passing = sum(result.ours == states.PASS for result in self.installed)
        return words[0] if len(words) == 1 else f"{passing} of {len(self.installed)} {states.STATES[states.PASS].word}"

    @property
    def upstream(self) -> str:
        """The words for upstream, the better ones first."""
        return "/".join(_words(result.upstream for result in self.installed))

    @property
    def span(self) -> str:
        return versions.span(self.between, (result.versions[self.between] for result in self.installed))


@dataclass(frozen=True)
class Promise:
    """One behaviour over all cells."""

    behaviour: Behaviour
    upstream: Counter[str]  # by status
    ours: Counter[str]
    reasons: list[tuple[str, int]]  # of upstream but for its hangs, the commonest first, each with how often
    explained: list[faults.Advisory]

    @property
    def mended(self) -> bool:
        return self.red > 0

    @property
    def red(self) -> int:
        return self.upstream.total() - kept(self.upstream)


def counts(found: Sequence[Result]) -> dict[str, Counter[str]]:
    """For each column, how many cells are in which state."""
    return {column: Counter(result.state(column) for result in found) for column in COLUMNS}


def grid(found: Sequence[Result], row: Group, column: Group, between: str) -> dict[tuple[str, str], Square]:
    """The squares in which there are records."""
    squares: dict[tuple[str, str], list[Result]] = defaultdict(list)
    for result in found:
        squares[row(result), column(result)].append(result)
    return {place: Square(each, between) for place, each in squares.items()}


def promises(found: Sequence[Result]) -> list[Promise]:
    """Every behaviour, those first that upstream keeps least often."""
    made = [_promise(found, each) for each in catalog.behaviours().values()]
    return sorted(made, key=lambda each: (not each.mended, kept(each.upstream) / (each.upstream.total() or 1)))


def kept(statuses: Counter[str]) -> int:
    return statuses["pass"]


def known_failures(found: Sequence[Result]) -> list[tuple[verdict.Expected, list[Result]]]:
    """What expected.toml excuses, with the cells that it excuses."""
    return [
        (entry, [result for result in found if entry.covers(result.cell, entry.behaviour)])
        for entry in verdict.load_expected()
    ]


def _promise(found: Sequence[Result], behaviour: Behaviour) -> Promise:
    statuses: dict[str, Counter[str]] = {column: Counter() for column in COLUMNS}
    reasons: dict[str, Counter[str]] = defaultdict(Counter)
    explained: dict[str, faults.Advisory] = {}
    for result in found:
        for column in COLUMNS:
            outcome = result.outcomes(column).get(behaviour.name, {"status": "n/a"})
            if outcome["status"] == "n/a":
                continue
            statuses[column][outcome["status"]] += 1
            if column == UPSTREAM and outcome["status"] not in GOOD:
                if outcome["status"] != "hang":
                    said = results.reason(outcome)
                    reasons[re.sub(r"\d+", "#", said)][said] += 1
                explained |= {each["id"]: each for each in faults.explaining(result.cell, behaviour.name)}
    common = [(_commonest(each), each.total()) for each in reasons.values()]
    return Promise(
        behaviour,
        statuses[UPSTREAM],
        statuses[records.OURS],
        sorted(common, key=lambda each: (-each[1], each[0])),
        [explained[name] for name in sorted(explained)],
    )


def _commonest(said: Counter[str]) -> str:
    return min(said, key=lambda each: (-said[each], each))


def _words(found: Iterable[str]) -> list[str]:
    """The words for some states, each once, the better ones first."""
    present = set(found)
    return [state.word for name, state in states.STATES.items() if name in present]
