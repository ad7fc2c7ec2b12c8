"""Check that what `pins` prints can be installed and works: `python matrix/check_pins.py [--python 3.8 ...]`.

For each Python the newest pins, and those that keep one of ten releases drawn from the older half, are installed with
pip and with uv into fresh environments, and run the grid search. Results go to advice/pins.jsonl; a trial that was seen
with the same pins is not repeated. Exit codes: 0, all of them work; 1, something does not; 2, wrong use.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import cells
import environments
import trying
from cells import Cell
from joblib_dask_compat.support import records
from trying import Trial, Trials

WISHES = 10
SEED = 20261122


def wishes(python: str) -> Iterator[tuple[str, str]]:
    """The releases to keep on a Python, as (package, version): drawn from the older half of those that work there."""
    support = records.load()
    combinations = [each.combination for each in support.working if each.combination.python == python]
    older = []
    for axis in records.AXES[1:]:
        found = sorted({getattr(each, axis) for each in combinations}, key=records.parse)
        older += [(records.title(axis), version) for version in found[: max(1, len(found) // 2)]]
    yield from random.Random(f"{SEED} {python}").sample(older, min(WISHES, len(older)))


def checks(python: str, wheel: Path, trials: Trials) -> Iterator[Callable[[], Trial]]:
    """What tries the newest pins for a Python, and those for each wish."""
    for wish in ("", *(f"{package}=={version}" for package, version in wishes(python))):
        options = ["--keep", wish] if wish else []
        code, answer = trying.advice("pins", "--python", python, *options)
        if code != 0:
            raise ValueError(f"pins --python {python} {' '.join(options)}: nothing was granted, drop {answer['drop']}")
        combination = answer["combination"]
        cell = Cell(python, combination["joblib"], combination["scikit-learn"], combination["distributed"])
        yield from trying.installations(trials, f"py{python} {wish or 'newest'}", cell, answer, wheel)


def main() -> int:
    parser = argparse.ArgumentParser(description="Check that what pins prints can be installed and works.")
    parser.add_argument("--python", nargs="+", choices=cells.pythons(), default=cells.pythons())
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="trials at a time")
    arguments = parser.parse_args()
    trials = Trials("pins")
    with tempfile.TemporaryDirectory() as folder:
        wheel = environments.build_wheel(Path(folder))
        wanted = (check for python in arguments.python for check in checks(python, wheel, trials))
        seen = trying.together(wanted, arguments.jobs)
    bad = [trial for trial in seen if trial["outcome"] != "works"]
    for trial in bad:
        print(f"{trial['trial']}: {trial['outcome']}: {trial['reason']}")
    print(f"{len(seen) - len(bad)} of {len(seen)} pins can be installed and work")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
