"""The records, ready to be shown: newest first, each with its states and the faults that explain them."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from packaging.version import Version

import cells
import records
import releases
from cells import Cell
from measure import Outcome
from records import Record
from rendering import states

UPSTREAM, SEED = "upstream", "seed"


@dataclass(frozen=True)
class Result:
    """One record."""

    cell: Cell
    record: Record

    @property
    def versions(self) -> dict[str, str]:
        return {"python": self.cell.python, **self.cell.packages}

    @property
    def error(self) -> str | None:
        """Why the cell could not be made."""
        told = self.record.get("error")
        return told and str(told).removeprefix(f"{self.cell}: ")

    @property
    def date(self) -> str:
        return str(self.record["date"])

    def outcomes(self, column: str) -> Mapping[str, Outcome]:
        """The outcomes of a column; none in a cell that cannot be made any more."""
        columns: dict[str, dict[str, Outcome]] = {} if self.error else self.record["columns"]
        return columns.get(column, {})

    def state(self, column: str) -> str:
        return states.NOT_INSTALLABLE if self.error else states.state(self.outcomes(column))

    def kept(self, column: str) -> tuple[int, int]:
        """How many promises a column keeps, of how many that apply."""
        statuses = [outcome["status"] for outcome in self.outcomes(column).values() if outcome["status"] != "n/a"]
        return statuses.count("pass"), len(statuses)

    @cached_property
    def ours(self) -> str:
        return self.state(records.OURS)

    @cached_property
    def upstream(self) -> str:
        return self.state(UPSTREAM)

    @property
    def combined(self) -> str:
        return states.combined(self.ours, self.upstream)

    @property
    def pins(self) -> list[str]:
        """All that was installed, with the three packages and dask in front."""
        first = ("joblib", "scikit-learn", "dask", "distributed")
        by_name = dict(pin.split("==") for pin in self.record.get("freeze", ()))
        return [
            f"{name}=={by_name[name]}" for name in [*first, *sorted(by_name.keys() - set(first))] if name in by_name
        ]

    @property
    def released(self) -> list[datetime.date]:
        """When the three packages came out, the oldest first: a combination is as new as its oldest part."""
        return sorted(releases.release_date(package, version) for package, version in self.cell.packages.items())


def load(folder: Path) -> list[Result]:
    """Every record in a folder, newest versions first."""
    found = [Result(cells.from_id(cell_id), record) for cell_id, record in records.load(folder).items()]
    if not found:
        raise ValueError(f"there are no records in {folder}")
    return sorted(found, key=_age, reverse=True)


def recommended(found: Sequence[Result]) -> dict[str, Result]:
    """For each Python, newest first, the newest combination in which this package keeps every promise."""
    passing = [result for result in found if result.ours == states.PASS]
    newest = {}
    for result in sorted(passing, key=lambda result: (result.released, _age(result))):
        newest[result.cell.python] = result
    return {python: newest[python] for python in sorted(newest, key=Version, reverse=True)}


def reason(outcome: Outcome) -> str:
    """What was seen, in one line."""
    return " ".join(": ".join(filter(None, (outcome.get("exception"), outcome.get("reason")))).split())


def _age(result: Result) -> tuple[Version, ...]:
    cell = result.cell
    return tuple(map(Version, (cell.python, cell.distributed, cell.sklearn, cell.joblib)))
