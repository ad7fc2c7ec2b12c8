"""The page: docs/site/index.html, one file that needs neither a network nor, to be read, its script."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

import catalog
import cells
import records
from measure import Outcome
from rendering import faults, results, states, summaries, templates, versions
from rendering.results import UPSTREAM, Result

LONGEST_REASON = 200
# How the script reads an outcome, a letter for each behaviour.
LETTERS = {"pass": "p", "n/a": "n", "fail": "f", "hang": "h", "crash": "c", "flaky": "v"}
ABSENT = "."
PASSED = {"status": "pass"}
FAULT = ("id", "summary", "severity", "mended_by")


class Table:
    """Things that recur stand once, and are referred to by their place."""

    def __init__(self) -> None:
        self.things: list[Any] = []
        self._places: dict[str, int] = {}

    def place(self, thing: Any) -> int:
        key = json.dumps(thing)
        if key not in self._places:
            self._places[key] = len(self.things)
            self.things.append(thing)
        return self._places[key]


def render(folder: Path = records.RESULTS) -> str:
    """The text of the page."""
    found = results.load(folder)
    return templates.fill(
        "page.html.j2",
        found=found,
        figures=_figures(found),
        dates=sorted({result.date for result in found}),
        pythons=versions.ordered({result.cell.python for result in found}),
        combined=states.COMBINED,
        promises=summaries.promises(found),
        known_failures=summaries.known_failures(found),
        kept=summaries.kept,
        red=states.red,
        promise=promise,
        short=_short,
        OURS=records.OURS,
        UPSTREAM=UPSTREAM,
        style=Markup(templates.source("page.css")),
        scripts=[Markup(templates.source(name)) for name in ("records.js", "page.js")],
        data=Markup(_embedded(data(found))),
    )


def promise(text: str) -> Markup:
    """A promise with its code marked as such."""
    return Markup(re.sub(r"``(.+?)``", r"<code>\1</code>", str(escape(text))))


def _figures(found: Sequence[Result]) -> list[tuple[str, int, int]]:
    """What is said first: a text, how many combinations, and of how many."""
    works = (states.PASS, states.PARTIAL)
    ours = [result.ours for result in found if result.ours != states.UNTESTED]
    upstream = [result.upstream for result in found if result.upstream != states.UNTESTED]
    return [
        ("combinations measured", len(found), len(found)),
        ("in which this package keeps every promise", ours.count(states.PASS), len(ours)),
        ("in which a grid search works without it", sum(each in works for each in upstream), len(upstream)),
        ("in which upstream alone keeps every promise", upstream.count(states.PASS), len(upstream)),
    ]


def data(found: Sequence[Result]) -> dict[str, Any]:
    """What the script knows beside the table; `records` are in the order of the table's rows."""
    measured = {axis: [result.versions[axis] for result in found] for axis in versions.AXES}
    outcomes, reasons, holding, pins = Table(), Table(), Table(), Table()
    shown = [each for each in faults.advisories() if each["route"] == "upstream" and each["mended_by"]]
    rows = []
    for result in found:
        held = [place for place, each in enumerate(shown) if each in faults.holding(result.cell)]
        columns = [outcomes.place(_outcomes(result.outcomes(column), reasons)) for column in summaries.COLUMNS]
        row = [result.date, columns, holding.place(held), list(map(pins.place, result.pins))]
        rows.append([*row, reasons.place(_short(result.error))] if result.error else row)
    return {
        "excludes": [[each.when, each.reason, each.link] for each in cells.excludes()],
        "releases": {axis: versions.ordered({*versions.known(axis), *measured[axis]}) for axis in versions.AXES},
        "lines": {axis: versions.lines(axis, measured[axis]) for axis in versions.AXES},
        "promises": {name: promise(each.promise) for name, each in catalog.behaviours().items()},
        "columns": list(summaries.COLUMNS.values()),
        "states": {name: [state.symbol, state.word] for name, state in states.COMBINED.items()},
        "faults": [[each[key] for key in FAULT] + each["references"][:1] for each in shown],
        "holding": holding.things,
        "outcomes": outcomes.things,
        "reasons": reasons.things,
        "pins": pins.things,
        "records": rows,
    }


def _outcomes(measured: Mapping[str, Outcome], reasons: Table) -> list[Any]:
    """A letter for each behaviour, and the place of the reason for each that is neither kept nor absent."""
    letters = [LETTERS[measured[name]["status"]] if name in measured else ABSENT for name in catalog.behaviours()]
    told = [measured[name] for name in catalog.behaviours() if measured.get(name, PASSED)["status"] != "pass"]
    return ["".join(letters), [reasons.place(_short(results.reason(each))) for each in told]]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"


def _embedded(known: dict[str, Any]) -> str:
    """JSON that may stand in an element <script>."""
    return json.dumps(known, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
