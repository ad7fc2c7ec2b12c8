"""Judge what the records say of this package: `python matrix/verdict.py [--results FOLDER]`.

Every behaviour must pass or not apply, in every cell, unless expected.toml names it as a known
failure; and one that is named there must fail. The other columns are recorded, never judged. Exit
codes: 0, nothing found; 1, something found; 2, it could not be judged.
"""

from __future__ import annotations

import argparse
import string
import sys
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import catalog
import cells
import records
from cells import Cell
from measure import GOOD, Outcome
from records import Record, Records

EXPECTED = Path(__file__).with_name("expected.toml")
# Judged like a behaviour: whether each route's probe agrees with its row of the table.
ROUTES = "routes"
MARKS = {
    "pass": ".",
    "n/a": "-",
    "fail": "F",
    "hang": "H",
    "crash": "C",
    "flaky": "~",
    "missing": "?",
    "expected": "x",
    "no longer": "!",
}
LEGEND = (
    ". pass   - not applicable   F fail   H hang   C crash   ~ not the same in every run   "
    "? no record   x known failure   ! known failure that passes"
)

Wanted = Mapping[Cell, Sequence[str]]


@dataclass(frozen=True)
class Expected:
    """A known failure: an entry of expected.toml."""

    behaviour: str
    status: str
    reason: str
    link: str
    when: Mapping[str, str] = field(default_factory=dict)

    def covers(self, cell: Cell, behaviour: str) -> bool:
        return behaviour == self.behaviour and cell.lies_in(self.when)


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be; `behaviour` is None where it is the whole cell."""

    cell: Cell
    behaviour: str | None
    what: str


@dataclass
class Verdict:
    """What was found, and a mark for each cell and behaviour."""

    marks: dict[Cell, dict[str, str]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        return Counter(mark for row in self.marks.values() for mark in row.values())


def judge(found: Records, wanted: Wanted, expected: Sequence[Expected]) -> Verdict:
    """The verdict on the wanted behaviours of each cell."""
    verdict = Verdict()
    for cell, names in wanted.items():
        record = found.get(cell.id, {"error": "there is no record"})
        if "error" in record:
            verdict.marks[cell] = dict.fromkeys([*names, ROUTES], "missing")
            verdict.findings.append(Finding(cell, None, record["error"]))
            continue
        outcomes = {**record["columns"].get(records.OURS, {}), ROUTES: _routes(record)}
        verdict.marks[cell] = {}
        for name in [*names, ROUTES]:
            outcome = outcomes.get(name, {"status": "missing"})
            entry = next((entry for entry in expected if entry.covers(cell, name)), None)
            mark, what = _mark(outcome, entry)
            verdict.marks[cell][name] = mark
            if what:
                verdict.findings.append(Finding(cell, name, what))
    return verdict


def load_expected(path: Path = EXPECTED) -> list[Expected]:
    """The known failures; a slip in the file must not excuse or hide anything."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("failure", [])
    try:
        expected = [Expected(**entry) for entry in entries]
    except TypeError as exc:
        raise ValueError(f"{path.name}: {exc}") from exc
    for entry in expected:
        if entry.behaviour not in {*catalog.behaviours(), ROUTES}:
            raise ValueError(f"{path.name}: there is no behaviour {entry.behaviour!r}")
        if entry.status not in ("fail", "hang", "crash") or not entry.reason or not entry.link:
            raise ValueError(f"{path.name}: {entry.behaviour} lacks a red status, reason or link")
    return expected


def report(verdict: Verdict, rerun: str) -> int:
    """Print the verdict, its last line 'N passed, M failed', and return the exit code."""
    _print_table(verdict)
    for finding in verdict.findings:
        print(f"\n{finding.cell}  {finding.behaviour or '(the whole cell)'}\n    {finding.what}")
        only = f" --behaviours {finding.behaviour}" if finding.behaviour not in (None, ROUTES) else ""
        print(f"    again: {rerun} --cells {finding.cell}{only}")
    counts = verdict.counts
    print(f"\n{counts['n/a']} not applicable, {counts['expected']} known failures")
    print(f"{counts['pass']} passed, {len(verdict.findings)} failed")
    return 1 if verdict.findings else 0


def _mark(outcome: Outcome, entry: Expected | None) -> tuple[str, str | None]:
    """A mark, and what is wrong, if anything is."""
    status = outcome["status"]
    reason = ": ".join(filter(None, (outcome.get("exception"), outcome.get("reason"))))
    if "counts" in outcome:
        reason = f"{', '.join(f'{count} {run}' for run, count in outcome['counts'].items())}; {reason}"
    if entry and status == entry.status:
        return "expected", None
    if entry and status in GOOD:
        return "no longer", f"{status}, but {EXPECTED.name} has it as a known {entry.status}"
    if status == "missing":
        return status, "there is no record of it"
    if status == "n/a" and not reason:
        return status, "not applicable, without a reason"
    return status, None if status in GOOD else f"{status}: {reason}"


def _routes(record: Record) -> Outcome:
    wrong = [
        f"{copy}: route {name!r} can{'' if route['usable'] else 'not'} be taken, and the table says "
        f"otherwise{': ' + route['reason'] if 'reason' in route else ''}"
        for copy, routes in sorted(record["routes"].items())
        for name, route in sorted(routes.items())
        if route["usable"] != route["expected"]
    ]
    return {"status": "fail", "reason": "; ".join(wrong)} if wrong else {"status": "pass"}


def _print_table(verdict: Verdict) -> None:
    names = sorted({name for row in verdict.marks.values() for name in row})
    letters = dict(zip(names, string.ascii_letters, strict=False))
    width = max(len(cell.id) for cell in verdict.marks)
    print(" " * width, " ".join(letters.values()))
    for cell, row in verdict.marks.items():
        marks = (MARKS[row[name]] if name in row else " " for name in names)
        print(cell.id.ljust(width), " ".join(marks).rstrip())
    print("\n" + "   ".join(f"{letter} {name}" for name, letter in letters.items()))
    print(LEGEND)


def _recorded(found: Records) -> Wanted:
    """All behaviours of the edges, and the core ones of every other cell that has a record."""
    everything = list(catalog.behaviours())
    core = [each.name for each in catalog.select("core")]
    others = [cell for cell in map(cells.from_id, found) if cell not in cells.edges()]
    return {**dict.fromkeys(cells.edges(), everything), **dict.fromkeys(others, core)}


def _unused(wanted: Wanted, expected: Sequence[Expected]) -> list[Expected]:
    pairs = [(cell, name) for cell, names in wanted.items() for name in [*names, ROUTES]]
    return [entry for entry in expected if not any(entry.covers(*pair) for pair in pairs)]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Judge what the records say of this package.")
    parser.add_argument("--results", type=Path, default=records.RESULTS, metavar="FOLDER")
    arguments = parser.parse_args(argv)
    try:
        found = records.load(arguments.results)
        if not found:
            raise ValueError(f"there are no records in {arguments.results}")
        wanted, expected = _recorded(found), load_expected()
        if unused := _unused(wanted, expected):
            raise ValueError(f"{EXPECTED.name}: these cover nothing: {unused}")
    except (ValueError, OSError) as exc:
        print(exc, file=sys.stderr)
        return 2
    return report(judge(found, wanted, expected), "nox -s edges -- --columns compat")


if __name__ == "__main__":
    sys.exit(main())
