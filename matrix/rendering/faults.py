"""Which advisories explain what a column showed in a cell."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from cells import Cell

COMPILED = Path(__file__).parents[2] / "src" / "joblib_dask_compat" / "data" / "advisories.json"
# The joblib inside scikit-learn, which is the one that an advisory's range means there:
# https://github.com/scikit-learn/scikit-learn/tree/0.20.4/sklearn/externals/joblib
VENDORED = (("0.19", "0.10.3"), ("0.20", "0.11"), ("0.20.1", "0.12.5"), ("0.20.4", "0.13.0"), ("0.21", "0.13.2"))

Advisory = dict[str, Any]


@cache
def advisories() -> list[Advisory]:
    """Every known fault of version combinations, by id."""
    every: list[Advisory] = json.loads(COMPILED.read_text(encoding="utf-8"))["advisories"]
    return every


def explaining(cell: Cell, behaviour: str) -> list[Advisory]:
    """The faults of upstream's backend that hold in a cell and that this behaviour shows."""
    return [each for each in holding(cell) if each["route"] == "upstream" and each["mended_by"] == behaviour]


def security(cell: Cell) -> list[Advisory]:
    """The security faults of a cell's versions, whoever the backend is."""
    return [each for each in holding(cell) if each["severity"] == "security"]


def used_joblib(cell: Cell) -> str:
    """The version of the joblib that scikit-learn uses."""
    return next((own for end, own in VENDORED if Version(cell.sklearn) < Version(end)), cell.joblib)


@cache
def holding(cell: Cell) -> list[Advisory]:
    """The faults that a cell's versions have."""
    versions = {
        "python": cell.python,
        "joblib": used_joblib(cell),
        "sklearn": cell.sklearn,
        "distributed": cell.distributed,
    }
    base = {name: Version(version).base_version for name, version in versions.items()}
    return [each for each in advisories() if any(_holds(base, table) for table in each["when"])]


def _holds(versions: dict[str, str], table: dict[str, str]) -> bool:
    # companions are named by faults that a cell, whose companions fit, does not have
    return all(name in versions and _lies_in(versions[name], allowed) for name, allowed in table.items())


@cache
def _lies_in(version: str, allowed: str) -> bool:
    return SpecifierSet(allowed).contains(version)
