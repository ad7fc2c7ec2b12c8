"""compat_matrix.md: the records as a page that GitHub shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import cells
import plan
import records
from rendering import faults, results, states, summaries, templates, versions
from rendering.results import UPSTREAM, Result
from rendering.summaries import Promise, Square

LONGEST_REASON = 110
NOTHING = "-"


def render(folder: Path = records.RESULTS) -> str:
    """The text of compat_matrix.md."""
    found = results.load(folder)
    return templates.fill(
        "compat_matrix.md.j2",
        found=found,
        by_python=[(python, list(group)) for python, group in groupby(found, lambda result: result.cell.python)],
        dates=_span(result.date for result in found),
        states=states.STATES,
        columns=summaries.COLUMNS,
        counts=summaries.counts(found),
        grids=[_grid(found, "scikit-learn", between="joblib"), _grid(found, "joblib", between="scikit-learn")],
        eras=versions.eras(),
        promises=summaries.promises(found),
        kept=summaries.kept,
        excludes=cells.excludes(),
        known_failures=summaries.known_failures(found),
        recommended=results.recommended(found),
        security=faults.security,
        example=found[0].cell,
        told=told,
        failing=failing,
    )


def told(result: Result) -> str:
    """What upstream does not keep in a cell, or why the cell could not be made."""
    if result.error:
        return code(result.error)
    outcomes = result.outcomes(UPSTREAM)
    hangs = {name for name, outcome in outcomes.items() if outcome["status"] == "hang"}
    return ", ".join(f"{name} (hangs)" if name in hangs else name for name in states.red(outcomes)) or NOTHING


def failing(promise: Promise) -> str:
    """How upstream fails: hangs, and the commonest error."""
    hangs = [f"hangs in {promise.upstream['hang']}"] if promise.upstream["hang"] else []
    return "; ".join([*hangs, *(code(said) for said, _ in promise.reasons[:1])]) or NOTHING


def code(text: str) -> str:
    """Some output, short, as code in a table."""
    line = " ".join(text.split()).replace("|", "¦").replace("`", "'")
    return f"`{line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + '…'}`" if line else NOTHING


def _grid(found: Sequence[Result], package: str, between: str) -> dict[str, Any]:
    """A table of the lines of a package by the eras of distributed."""

    def line(result: Result) -> str:
        return plan.line(package, result.versions[package])

    def era(result: Result) -> str:
        return versions.era(result.cell.distributed)

    squares = summaries.grid(found, line, era, between)
    lines = versions.lines(package, (result.versions[package] for result in found))
    rows = [(each, [_square(squares.get((each, era))) for era in versions.eras()]) for each in lines]
    return {"package": package, "between": between, "rows": rows}


def _square(square: Square | None) -> str:
    if square is None:
        return NOTHING
    if not square.installed:
        return square.ours
    return f"**{square.ours}**<br>{square.span}<br><sub>upstream: {square.upstream}</sub>"


def _span(dates: Iterable[str]) -> str:
    first, *rest = sorted(set(dates))
    return f"between {first} and {rest[-1]}" if rest else f"on {first}"
