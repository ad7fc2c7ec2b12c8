"""Judge what the records say of this package: `python matrix/verdict.py [--results FOLDER]`.

Every behaviour must pass or not apply, in every cell, unless expected.toml names it as a known
failure; and one that is named there must fail. In the same way every cell must have been installed.
What the other columns say is not judged, only that it is recorded. Exit codes: 0, nothing found;
1, something found; 2, it could not be judged.
"""

from __future__ import annotations

import argparse
import string
import sys
import tomllib
import traceback
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet

import catalog
import cells
import plan
import records
import stage
from cells import Cell
from measure import GOOD, Outcome
from records import Record, Records

EXPECTED = Path(__file__).with_name("expected.toml")
# Judged like behaviours: whether the cell is what was asked for ...
ENVIRONMENT = "environment"
NOT_INSTALLABLE = "not-installable"
# ... and whether each route's probe agrees with its row of the table.
ROUTES = "routes"
STATUSES = {ENVIRONMENT: {NOT_INSTALLABLE}}  # that an entry of expected.toml may have; else:
RED = {"fail", "hang", "crash"}
RANGES = {"python", "joblib", "scikit-learn", "distributed"}
MEASURED = ("upstream", records.OURS)  # what every cell needs; the edges need all columns
MARKS = {
    "pass": ".",
    "n/a": "-",
    "fail": "F",
    "hang": "H",
    "crash": "C",
    "flaky": "~",
    "missing": "?",
    NOT_INSTALLABLE: "I",
    "expected": "x",
    "no longer": "!",
}
QUIET = {"pass", "n/a", "expected"}
LEGEND = (
    ". pass   - not applicable   F fail   H hang   C crash   ~ not the same in every run   "
    "? no record, or none that can be read   I not installable   x known failure   ! known failure that passes"
)
WHOLE_TABLE = 40  # cells; of more, only the rows are shown in which something is wrong

Wanted = Mapping[Cell, Sequence[str]]


@dataclass(frozen=True)
class Expected:
    """A known failure: an entry of expected.toml."""

    behaviour: str
    status: str
    reason: str
    link: str
    when: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.behaviour not in {*catalog.behaviours(), ROUTES, ENVIRONMENT}:
            raise ValueError(f"there is no behaviour {self.behaviour!r}")
        if self.status not in STATUSES.get(self.behaviour, RED) or not self.reason or not self.link:
            raise ValueError(f"{self.behaviour} lacks a red status, reason or link")
        for name, allowed in self.when.items():
            if name not in RANGES:
                raise ValueError(f"{self.behaviour}: when has {name!r}, not one of {', '.join(sorted(RANGES))}")
            try:
                SpecifierSet(allowed)
            except (InvalidSpecifier, TypeError) as exc:
                raise ValueError(f"{self.behaviour}: {name} = {allowed!r} is no range of versions") from exc

    def covers(self, cell: Cell, behaviour: str) -> bool:
        return behaviour == self.behaviour and cell.lies_in(self.when)


@dataclass(frozen=True)
class Finding:
    """Something that is not as it must be; `behaviour` is None where it is the whole cell."""

    cell: Cell
    behaviour: str | None
    what: str
    column: str = records.OURS

    @property
    def options(self) -> str:
        """What a sweep must be told to measure this again."""
        only = f" --behaviours {self.behaviour}" if self.behaviour not in (None, ROUTES) else ""
        return f"--cells {self.cell}{only}"


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
        outcomes = _outcomes(cell, found.get(cell.id))
        made = outcomes[ENVIRONMENT]["status"] == "pass"
        row = verdict.marks[cell] = {}
        for name in [ENVIRONMENT, *names, ROUTES] if made else [ENVIRONMENT]:
            entry = expected_for(cell, name, expected)
            mark, what = _mark(outcomes.get(name, {"status": "missing"}), entry)
            if name != ENVIRONMENT or mark != "pass":  # that goes without saying
                row[name] = mark
            if what:
                verdict.findings.append(Finding(cell, None if name == ENVIRONMENT else name, what))
    return verdict


def expected_for(cell: Cell, behaviour: str, expected: Iterable[Expected]) -> Expected | None:
    """The first known failure that covers a behaviour in a cell."""
    return next((entry for entry in expected if entry.covers(cell, behaviour)), None)


def required(levels: Sequence[str] = (), measured: Iterable[Cell] = ()) -> list[Cell]:
    """The cells that must have a record: the edges, and those of some levels of the plan that others do not cover."""
    return [*cells.edges(), *(plan.choose(levels, None, None, measured) if levels else ())]


def load_expected(path: Path = EXPECTED) -> list[Expected]:
    """The known failures; a slip in the file must not excuse or hide anything."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    if unknown := sorted(tables.keys() - {"failure"}):
        raise ValueError(f"{path.name}: there is no {', '.join(unknown)}; known failures are [[failure]]")
    try:
        return [Expected(**entry) for entry in tables.get("failure", [])]
    except (TypeError, ValueError, AttributeError) as exc:
        raise ValueError(f"{path.name}: {exc}") from exc


def excluded() -> list[Expected]:
    """The combinations that matrix.toml leaves out of the plan: what was tried there all the same must not run."""
    return [Expected(ENVIRONMENT, NOT_INSTALLABLE, each.reason, each.link, each.when) for each in cells.excludes()]


def report(verdict: Verdict, rerun: str) -> int:
    """Print the verdict, its last line 'N passed, M failed', and return the exit code."""
    if not verdict.marks:
        print("there are no cells to judge", file=sys.stderr)
        return 2
    _print_table(verdict)
    for finding in verdict.findings:
        again = rerun if finding.column == records.OURS else f"nox -s sweep -- --columns {finding.column}"
        print(f"\n{finding.cell}  {finding.behaviour or '(the whole cell)'}\n    {finding.what}")
        print(f"    again: {again} {finding.options}")
    counts = verdict.counts
    print(f"\ncells: {len(verdict.marks)}, not applicable: {counts['n/a']}, known failures: {counts['expected']}")
    print(f"{counts['pass']} passed, {len(verdict.findings)} failed")
    return 1 if verdict.findings else 0


def _outcomes(cell: Cell, record: Record | None) -> dict[str, Outcome]:
    """The outcomes of our column, and what else is judged like one."""
    if record is None:
        return {ENVIRONMENT: {"status": "missing"}}
    ours = record.get("columns", {}).get(records.OURS, {})
    if "error" in record:
        return {ENVIRONMENT: {"status": NOT_INSTALLABLE, "reason": record["error"]}}
    if cells.excluded(cell) and not any(outcome["status"] == "pass" for outcome in ours.values()):
        return {ENVIRONMENT: {"status": NOT_INSTALLABLE, "reason": "nothing runs in it"}}
    installed = {name: record["resolved"].get(name) for name in RANGES}
    if installed != {"python": cell.python, **cell.packages}:
        return {ENVIRONMENT: {"status": "fail", "reason": f"the record is of another cell: {installed}"}}
    return {**ours, ENVIRONMENT: {"status": "pass"}, ROUTES: _routes(record)}


def _mark(outcome: Outcome, entry: Expected | None) -> tuple[str, str | None]:
    """A mark, and what is wrong, if anything is."""
    status = outcome["status"]
    reason = ": ".join(filter(None, (outcome.get("exception"), outcome.get("reason"))))
    if "counts" in outcome:
        reason = f"{', '.join(f'{count} {run}' for run, count in outcome['counts'].items())}; {reason}"
    if status not in MARKS:
        return "missing", f"{status!r} is no status that is known here"
    if entry and status == entry.status:
        return "expected", None
    if entry and status in GOOD:
        return "no longer", f"{status}, but it is known as {entry.status}: {entry.reason}"
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
    shown = verdict.marks
    if len(shown) > WHOLE_TABLE:
        red = {finding.cell for finding in verdict.findings}
        shown = {cell: row for cell, row in shown.items() if cell in red or not QUIET.issuperset(row.values())}
        print(f"{len(verdict.marks) - len(shown)} cells in which nothing was found\n")
    if not shown:
        return
    names = sorted({name for row in shown.values() for name in row})
    letters = dict(zip(names, string.ascii_letters, strict=False))
    width = max(len(cell.id) for cell in shown)
    print(" " * width, " ".join(letters.values()))
    for cell, row in shown.items():
        marks = (MARKS[row[name]] if name in row else " " for name in names)
        print(cell.id.ljust(width), " ".join(marks).rstrip())
    print("\n" + "   ".join(f"{letter} {name}" for name, letter in letters.items()))
    print(LEGEND)


def _recorded(found: Records, levels: Sequence[str]) -> Wanted:
    """What is judged: all behaviours of the edges; the core ones, and whatever was recorded, of the others."""
    everything, core = list(catalog.behaviours()), [each.name for each in catalog.select("core")]
    wanted = dict.fromkeys(cells.edges(), everything)
    for cell in [*required(levels, records.measured(found)), *map(cells.from_id, found)]:
        recorded = found.get(cell.id, {}).get("columns", {}).get(records.OURS, {})
        wanted.setdefault(cell, sorted({*core, *recorded}))
    return wanted


def _unmeasured(found: Records, wanted: Wanted) -> list[Finding]:
    """What is missing in the other columns: without it, nothing can be said of upstream."""
    core = [each.name for each in catalog.select("core")]
    findings = []
    for cell in (each for each in wanted if "error" not in found.get(each.id, {"error": "no record"})):
        edge = cell in cells.edges()
        for column in stage.COLUMNS if edge else MEASURED:
            recorded = found[cell.id]["columns"].get(column, {})
            missing = [name for name in (wanted[cell] if edge else core) if name not in recorded]
            if column != records.OURS and missing:
                what = ", ".join(missing) if recorded else "anything"
                findings.append(Finding(cell, None, f"column {column}: there is no record of {what}", column))
    return findings


def _unused(wanted: Wanted, expected: Sequence[Expected]) -> list[Expected]:
    pairs = [(cell, name) for cell, names in wanted.items() for name in [ENVIRONMENT, *names, ROUTES]]
    used = [expected_for(*pair, expected) for pair in pairs]
    return [entry for entry in expected if entry not in used]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Judge what the records say of this package.")
    parser.add_argument("--results", type=Path, default=records.RESULTS, metavar="FOLDER")
    parser.add_argument(
        "--level", nargs="+", default=[], choices=plan.LEVELS, help="of plan.py: no cell of these levels may be missing"
    )
    arguments = parser.parse_args(argv)
    try:
        found = records.load(arguments.results)
        if not found:
            raise ValueError(f"there are no records in {arguments.results}")
        wanted, expected = _recorded(found, arguments.level), load_expected()
        if unused := _unused(wanted, expected):
            raise ValueError(f"{EXPECTED.name}: these decide nothing: {unused}")
        verdict = judge(found, wanted, [*expected, *excluded()])
        verdict.findings += _unmeasured(found, wanted)
        return report(verdict, "nox -s edges -- --columns compat")
    except (ValueError, OSError) as exc:
        print(exc, file=sys.stderr)
    except Exception:  # a record that cannot be read is not judged, which is no finding
        traceback.print_exc()
    return 2


if __name__ == "__main__":
    sys.exit(main())
