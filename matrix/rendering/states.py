"""In one word: what a column of a cell amounts to, and what that means beside upstream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from measure import GOOD, Outcome

# Without this one nothing reaches the workers, and what else passes is of no use.
BASE = "grid_search"

PASS, PARTIAL, FAIL = "pass", "partial", "fail"
NOT_INSTALLABLE, UNTESTED = "not-installable", "untested"


@dataclass(frozen=True)
class State:
    """How a state is shown: never by its colour alone."""

    symbol: str
    word: str
    meaning: str


# Of one column.
STATES = {
    PASS: State("✓", "pass", "every promise that was measured is kept"),
    PARTIAL: State("◑", "partial", "a grid search runs on the workers, but some other promise is not kept"),
    FAIL: State("✕", "fail", "a grid search fails, hangs, or does not run on the workers"),
    NOT_INSTALLABLE: State("∅", "not installable", "no environment with these versions can be made"),
    UNTESTED: State("·", "untested", "there is no record"),
}
# Of a combination: this package and upstream's backend, seen together; the worst first.
COMBINED = {
    "fail": State("✕", "fails", "a grid search does not work, even through this package"),
    "partial": State("◔", "partial", "some promise is not kept, even through this package"),
    "only": State(
        "◆",
        "works only through this package",
        "every promise is kept through it; without it a grid search fails, hangs or stays local",
    ),
    "mends": State(
        "◑",
        "works; upstream only partly",
        "every promise is kept through this package; without it a grid search works, but not all else",
    ),
    "ours": State(
        "◇", "works through this package", "every promise is kept through it; without it, nothing was measured"
    ),
    "both": State("✓", "works", "every promise is kept, with this package and without"),
    "inapplicable": State("-", "does not apply", "of one promise: these versions cannot have it"),
    NOT_INSTALLABLE: STATES[NOT_INSTALLABLE],
    UNTESTED: STATES[UNTESTED],
}
_BESIDE_UPSTREAM = {PASS: "both", PARTIAL: "mends", FAIL: "only", UNTESTED: "ours"}


def state(outcomes: Mapping[str, Outcome]) -> str:
    """The state of a column, from its outcomes by behaviour."""
    judged = {name: outcome["status"] == "pass" for name, outcome in outcomes.items() if outcome["status"] != "n/a"}
    if not judged:
        return UNTESTED
    if all(judged.values()):
        return PASS
    return PARTIAL if any(judged.values()) and judged.get(BASE, True) else FAIL


def combined(ours: str, upstream: str) -> str:
    """The state of a combination, from those of the two columns."""
    return _BESIDE_UPSTREAM[upstream] if ours == PASS else ours


def red(outcomes: Mapping[str, Outcome]) -> list[str]:
    """The behaviours that were not kept."""
    return sorted(name for name, outcome in outcomes.items() if outcome["status"] not in GOOD)
