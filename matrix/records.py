"""The records: one a cell, kept as lines of results/py3.X.jsonl in the order of the cells' ids."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from catalog import behaviours
from cells import Cell, from_id

SCHEMA_VERSION = 1
RESULTS = Path(__file__).with_name("results")
OURS = "compat"  # the only column for which our wheel matters
ENVIRONMENT = ("resolved", "interpreter", "freeze")


class DamagedRecordError(ValueError):
    """A line that is no record: read it, or `git checkout` the file; nothing is written over it."""


Record = dict[str, Any]
Records = dict[str, Record]


def load(folder: Path) -> Records:
    """Every record in a folder, by the cell's id."""
    records: Records = {}
    for path in sorted(folder.glob("py*.jsonl")):
        records |= _read(path)
    return records


def measured(records: Records) -> list[Cell]:
    """The cells that could be made, and have been."""
    return [from_id(cell_id) for cell_id, record in records.items() if "error" not in record]


def save(folder: Path, cell: Cell, record: Record) -> None:
    """Write a cell's record, merged with what its earlier one says about other behaviours."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"py{cell.python}.jsonl"
    with _locked(folder):
        records = _read(path)
        records[cell.id] = merged(records.get(cell.id, {}), record)
        lines = [json.dumps(records[cell_id], sort_keys=True) for cell_id in sorted(records)]
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.replace(unfinished, path)


def merged(old: Record, new: Record) -> Record:
    """The new record, with the old one's outcomes that are still true and were not measured again.

    Not true any more are those of another environment, and of behaviours that are gone. Those of
    our column that came from another wheel say which; the other columns do not use it.
    """
    if "error" in new:  # which says nothing about what was measured before
        return {**new, **old, "error": new["error"], "date": new["date"]}
    if any(old.get(key) != new[key] for key in ENVIRONMENT):
        return new
    columns = {**old["columns"], **new["columns"]}
    for column, outcomes in old["columns"].items():
        another = {"wheel": old["wheel"]} if column == OURS and old["wheel"] != new["wheel"] else {}
        kept = {name: {**another, **outcomes[name]} for name in outcomes if name in behaviours()}
        columns[column] = {**kept, **new["columns"].get(column, {})}
    return {**new, "columns": columns}


def has(record: Record, column: str, behaviour: str, wheel: str | None, runs: int) -> bool:
    """Whether a record has this outcome already, seen as often, and by this wheel (None: by any) where that matters."""
    outcome = record.get("columns", {}).get(column, {}).get(behaviour)
    if outcome is None or "error" in record or outcome.get("runs", 1) < runs:
        return False
    return column != OURS or wheel in (None, outcome.get("wheel", record["wheel"]))


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two sweeps may run at once."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read(path: Path) -> Records:
    if not path.exists():
        return {}
    records: Records = {}
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            record = json.loads(line.decode())
            records[record["cell"]] = record
        except (ValueError, TypeError, KeyError) as exc:
            raise DamagedRecordError(f"{path}, line {number} is not the record of a cell ({exc!r})") from exc
    return records
