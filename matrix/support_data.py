"""What the package may say of version combinations: the records and releases, as data/support.json.

matrix/render.py writes what `render` returns. The file ships in every wheel, so it is packed: texts
that recur (pins, reasons) and whole sets of outcomes stand once, in tables, and are referred to by
their place. joblib_dask_compat.support.records unpacks it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cells
import records
import releases
from records import Record

SCHEMA_VERSION = 1
LONGEST_REASON = 160  # characters; the record has all of it
AXES = ("python", "joblib", "scikit-learn", "distributed")
HEAD = "by `nox -s render` from matrix/results/*.jsonl and matrix/releases.json; do not edit"


class Table:
    """Things that stand once; asked for a thing, it gives its place."""

    def __init__(self, known: Iterable[Any] = ()) -> None:
        self._places: dict[str, int] = {}
        for each in known:
            self.place(each)

    def place(self, thing: Any) -> int:
        return self._places.setdefault(json.dumps(thing, sort_keys=True), len(self._places))

    def __iter__(self) -> Iterator[str]:
        """The things as JSON, in the order of their places."""
        return iter(self._places)


def render(folder: Path = records.RESULTS) -> str:
    """The text of support.json: one record a line, so that a new record is a short diff."""
    found = records.load(folder)
    if not found:
        raise ValueError(f"there are no records in {folder}")
    behaviours = Table(sorted({name for record in found.values() for name in _behaviours(record)}))
    reasons, outcomes = Table(), Table()
    pins = Table(sorted({pin for record in found.values() for pin in record.get("freeze", ())}))
    rows = [
        json.dumps(_row(found[cell_id], behaviours, reasons, outcomes, pins), separators=(",", ":"))
        for cell_id in sorted(found)
    ]
    tables = {"behaviours": behaviours, "reasons": reasons, "pins": pins, "outcomes": outcomes, "records": rows}
    lines = [
        f'{{"generated": {json.dumps(HEAD)},',
        f'"schema_version": {SCHEMA_VERSION},',
        f'"excludes": {json.dumps(_excludes())},',
        f'"releases": {json.dumps(_releases(), separators=(",", ":"))},',
        ",\n".join(f'"{name}": [\n' + ",\n".join(table) + "\n]" for name, table in tables.items()),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _behaviours(record: Record) -> set[str]:
    return {name for outcomes in record["columns"].values() for name in outcomes}


def _row(record: Record, behaviours: Table, reasons: Table, outcomes: Table, pins: Table) -> list[Any]:
    """[python, joblib, scikit-learn, distributed, date, {column: outcomes}, [pins], error or nothing]."""
    row = [record["requested"][axis] for axis in AXES] + [record["date"]]
    if "error" in record:  # what was measured before it is not what one gets today
        return [*row, {}, [], reasons.place(_shortened(record["error"]))]
    columns = {
        column: outcomes.place(_outcomes(measured, behaviours, reasons))
        for column, measured in sorted(record["columns"].items())
    }
    return [*row, columns, [pins.place(pin) for pin in sorted(record["freeze"])]]


def _outcomes(measured: dict[str, Any], behaviours: Table, reasons: Table) -> dict[str, list[Any]]:
    """{"pass": [behaviours], any other status: [[behaviour, reason], ...]}."""
    packed: dict[str, list[Any]] = {}
    for name, outcome in sorted(measured.items()):
        place: Any = behaviours.place(name)
        if outcome["status"] != "pass":
            reason = ": ".join(filter(None, (outcome.get("exception"), outcome.get("reason"))))
            place = [place, reasons.place(_shortened(reason))]
        packed.setdefault(outcome["status"], []).append(place)
    return packed


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_REASON else line[: LONGEST_REASON - 1] + "…"


def _excludes() -> list[list[Any]]:
    return [[dict(each.when), each.reason, each.link] for each in cells.excludes()]


def _releases() -> dict[str, dict[str, list[Any]]]:
    """{package: {version: [date, required Python, Pythons with a wheel where that decides, what it requires]}}."""
    return {
        package: {
            version: [each["date"], each["requires_python"], each.get("wheels"), each.get("requires")]
            for version, each in known.items()
        }
        for package, known in releases.load().items()
    }
