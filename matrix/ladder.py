"""The cells that make upgrade paths of single steps: `python matrix/ladder.py [--from ID ...]`.

`upgrade` goes through measured combinations, and cells that were planned to cover pairs seldom differ in one package
only. From a cell, the ladder climbs to the newest of each package that its Python can have, one after the other; goes
from there to the newest Python on which these can still be had; and so on until nothing is newer. Prints the cells that
have no record yet, for `nox -s sweep -- --columns compat --behaviours core --cells ...`.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterator

from packaging.version import Version

import cells
import plan
import records
import releases
from cells import Cell

#: Where `upgrade` is most wanted from: the edges, and the stack with which the import path that everybody used went.
STARTS = [*cells.edges(), Cell("3.7", "0.14.1", "0.20.4", "2.9.3")]
#: joblib first: scikit-learn requires a lower bound of it, and none has an upper one.
CLIMB = ("joblib", "distributed", "scikit-learn")
FIELDS = {"joblib": "joblib", "scikit-learn": "sklearn", "distributed": "distributed"}


def ladder(cell: Cell) -> Iterator[Cell]:
    """The rungs above a cell, each one package or one Python away from the one before."""
    while True:
        below = cell
        for package in CLIMB:
            if (higher := _highest(cell, package)) != cell:
                yield (cell := higher)
        pythons = plan.pythons(cell.joblib, cell.sklearn, cell.distributed)
        if (newest := max(pythons, key=Version, default=cell.python)) != cell.python:
            yield (cell := dataclasses.replace(cell, python=newest))
        if cell == below:
            return


def _highest(cell: Cell, package: str) -> Cell:
    """The cell with the newest release of a package that can be had with the rest; itself, if there is none."""
    for version in sorted(releases.load()[package], key=Version, reverse=True):
        higher = dataclasses.replace(cell, **{FIELDS[package]: version})
        if higher == cell or cell.python in plan.pythons(higher.joblib, higher.sklearn, higher.distributed):
            return higher
    return cell


def main() -> int:
    parser = argparse.ArgumentParser(description="Print the cells that make upgrade paths of single steps.")
    parser.add_argument("--from", nargs="+", dest="starts", metavar="ID", help="from these cells; default: the edges")
    arguments = parser.parse_args()
    try:
        starts = [cells.from_id(cell_id) for cell_id in arguments.starts] if arguments.starts else STARTS
    except ValueError as exc:
        parser.error(str(exc))
    measured = records.load(records.RESULTS)
    rungs = dict.fromkeys(rung for start in starts for rung in ladder(start))
    missing = [rung for rung in rungs if rung.id not in measured]
    print("\n".join(rung.id for rung in missing))
    print(f"{len(missing)} of {len(rungs)} rungs have no record", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
