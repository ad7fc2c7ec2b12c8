"""Measure combinations that nobody chose: `python matrix/random_cells.py --seed N [--cells 5]`.

Draws cells that can be installed, from outside of the plan, and measures them as a sweep of the plan does; their
records stay. The same seed draws the same cells, as long as the plan is the same. One that is red is a boundary that
the plan does not know: add it to `boundary` in matrix.toml. Any other option is one of sweep.py's. Exit codes as there.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from itertools import islice

import plan
import sweep
from cells import Cell


def drawn(seed: int) -> Iterator[Cell]:
    """Cells outside of the plan, in an order that the seed decides; without end."""
    draw = random.Random(seed)
    seen = {each.cell for each in plan.plan()}
    axes = [plan.releases_of(package) for package in plan.AXES]
    while True:
        versions = [draw.choice(axis) for axis in axes]
        if pythons := plan.pythons(*versions):
            cell = Cell(draw.choice(pythons), *versions)
            if cell not in seen:
                seen.add(cell)
                yield cell


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure combinations that nobody chose.")
    parser.add_argument("--seed", type=int, required=True, help="the same seed draws the same cells")
    parser.add_argument("--cells", type=int, default=5, metavar="N", help="how many")
    parser.add_argument("--list", action="store_true", help="print them, and measure nothing")
    arguments, rest = parser.parse_known_args()
    if arguments.cells < 1:
        parser.error("--cells must be 1 or more")
    chosen = [cell.id for cell in islice(drawn(arguments.seed), arguments.cells)]
    if arguments.list:
        print("\n".join(chosen))
        return 0
    found = sweep.main(["--plan", "--cells", *chosen, "--verdict", *rest])
    if found == 1:
        print("a cell with findings belongs to `boundary` in matrix.toml", file=sys.stderr)
    return found


if __name__ == "__main__":
    sys.exit(main())
