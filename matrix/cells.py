"""Cells: the combinations of versions that are measured, and what matrix.toml puts beside them."""

from __future__ import annotations

import datetime
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import releases

PATH = Path(__file__).with_name("matrix.toml")
ID = re.compile(
    r"py(?P<python>[^-]+)-joblib(?P<joblib>[^-]+)"
    r"-sklearn(?P<sklearn>[^-]+)-distributed(?P<distributed>[^-]+)"
)


@dataclass(frozen=True)
class Cell:
    """One combination of versions; everything else in its environment follows from these four."""

    python: str
    joblib: str
    sklearn: str
    distributed: str

    @property
    def id(self) -> str:
        return f"py{self.python}-joblib{self.joblib}-sklearn{self.sklearn}-distributed{self.distributed}"

    @property
    def packages(self) -> dict[str, str]:
        """The three packages by the names that the index knows them by."""
        return {
            "joblib": self.joblib,
            "scikit-learn": self.sklearn,
            "distributed": self.distributed,
        }

    def lies_in(self, ranges: Mapping[str, str]) -> bool:
        """Whether each version named (python, joblib, ...) is in its range, as in `when` tables."""
        versions = {"python": self.python, **self.packages}
        return all(versions[name] in SpecifierSet(allowed) for name, allowed in ranges.items())

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Follow:
    """Taken as it was `days` after the cell's release of `package`, or on `not_before` if later."""

    package: str
    days: int
    not_before: datetime.date = datetime.date.min

    def cutoff(self, cell: Cell) -> datetime.date:
        """The day; files uploaded on it or later do not count."""
        released = releases.release_date(self.package, cell.packages[self.package])
        return max(released + datetime.timedelta(days=self.days), self.not_before)


@dataclass(frozen=True)
class Companions:
    """A row of matrix.toml: packages that a cell needs beside its three, and why."""

    packages: list[str]
    reason: str
    when: Mapping[str, str] = field(default_factory=dict)
    follow: Follow | None = None
    only_binary: bool = False


@dataclass(frozen=True)
class Exclude:
    """A row of matrix.toml: combinations that nobody can use, because one part does not run on another."""

    when: Mapping[str, str]
    reason: str
    link: str


def from_id(cell_id: str) -> Cell:
    """The cell that an id names; the inverse of `Cell.id`."""
    if match := ID.fullmatch(cell_id):
        return Cell(**match.groupdict())
    raise ValueError(f"{cell_id!r} is not a cell id: they look like {edges()[0].id!r}")


def edges() -> list[Cell]:
    """The boundary cells that are always measured, in the order of matrix.toml."""
    return [Cell(**edge) for edge in _matrix()["edge"]]


def boundaries() -> list[Cell]:
    """Both sides of each change that is not at an edge, in the order of matrix.toml."""
    return [Cell(**boundary) for boundary in _matrix()["boundary"]]


def pythons() -> list[str]:
    """The Pythons that cells are planned for, oldest first."""
    return list(_matrix()["pythons"])


def oldest(package: str) -> str:
    """The oldest release of a package that cells are planned for."""
    return str(_matrix()["oldest"][package])


@cache
def excluded(cell: Cell) -> Exclude | None:
    """Why a combination is not measured that could be installed, if there is a reason."""
    return next((exclude for exclude in excludes() if cell.lies_in(exclude.when)), None)


def whole_in_ci() -> list[Cell]:
    """The edges in which CI runs every behaviour."""
    return [from_id(cell_id) for cell_id in _matrix()["whole_in_ci"]]


def as_of() -> datetime.date:
    """The day as of which a package is taken that follows no release."""
    day: datetime.date = _matrix()["as_of"]
    return day


def companions(cell: Cell) -> dict[str, tuple[Requirement, Companions]]:
    """For each package beside the three: its requirement, and the row that decided about it."""
    return {  # a later row takes over from an earlier one
        canonicalize_name(requirement.name): (requirement, row)
        for row in _rows()
        if cell.lies_in(row.when)
        for requirement in map(Requirement, row.packages)
    }


@cache
def _matrix() -> dict[str, Any]:
    return tomllib.loads(PATH.read_text(encoding="utf-8"))


@cache
def excludes() -> list[Exclude]:
    """The combinations that are not planned, with their reasons."""
    return [Exclude(**table) for table in _matrix()["exclude"]]


@cache
def _rows() -> list[Companions]:
    return [_row(name, dict(table)) for name, table in _matrix()["companions"].items()]


def _row(name: str, table: dict[str, Any]) -> Companions:
    try:
        follow = table.pop("follow", None)
        return Companions(follow=follow and Follow(**follow), **table)
    except TypeError as exc:  # an unknown or missing key: a slip must not become a missing pin
        raise ValueError(f"[companions.{name}] in {PATH.name}: {exc}") from exc
