"""Check what `caniuse` says of combinations that were not measured: `python matrix/check_caniuse.py [--cells 30]`.

Draws combinations at random from outside of the records, all of whose releases exist, and asks for the verdicts, until
enough of these decide something: "untested" can be neither right nor wrong, and its share is told beside the others. As
few say "works", a third of the places are kept for those. Then it makes each cell and runs the core behaviours in it.
Results go to advice/caniuse.jsonl; a verdict that was tried is not tried again unless it changed. With --leave-one-out
nothing is installed: each record is taken out in turn, and what the rest say of it is compared with it.

Exit codes: 0, some are interpolated, at most one verdict in 30 is wrong and none that says "works" is; 1, otherwise; 2,
wrong use.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from packaging.specifiers import SpecifierSet

import cells
import environments
import trying
from cells import Cell
from environments import CellError
from joblib_dask_compat.support import records
from joblib_dask_compat.support.records import Combination, Support
from joblib_dask_compat.support.verdicts import INTERPOLATED, UNTESTED, Asked, Judge, Verdict
from trying import Trial, Trials

CELLS = 30
KEPT = 3  # one place in so many is for a verdict that says "works"
MOST_DRAWN = 20_000
SEED = 20261122
TOLERATED = 1 / 30  # of the verdicts may be wrong
WORKS, FAILS = "works", "fails"


def drawn(support: Support, seed: int) -> Iterator[Combination]:
    """Combinations outside of the records, of releases that one of the Pythons at hand may have; without end."""
    draw = random.Random(seed)
    axes = [cells.pythons(), *(support.known(axis) for axis in records.AXES[1:])]
    while True:
        combination = Combination(*map(draw.choice, axes))
        # nearly all of what can be drawn cannot be installed, and that is no question of records
        if combination not in support.by_combination and not support.obstacle(combination):
            yield combination


def asked(combination: Combination) -> Asked:
    return {axis: SpecifierSet(f"=={version}") for axis, version in zip(records.AXES, combination, strict=True)}


def run(combination: Combination, wheel: Path) -> Trial:
    """What a fresh cell of the combination gives."""
    cell = Cell(*combination)
    try:
        python = environments.ensure(cell, wheel)
        return trying.searched(cell, python, "core")
    except CellError as exc:
        return {"outcome": "not installed", "reason": str(exc)[-trying.TAIL :]}
    finally:
        if cell not in cells.edges():
            environments.discard(cell)


def decided(support: Support, count: int, seed: int) -> tuple[list[Verdict], Counter[str]]:
    """The first verdicts on what is drawn that decide something, and how many of each kind were drawn for that."""
    judge = Judge(support)
    works = -(-count // KEPT)
    left = {True: works, False: count - works}
    found: list[Verdict] = []
    kinds = Counter[str]()
    for combination in islice(drawn(support, seed), MOST_DRAWN):
        if not any(left.values()):
            break
        verdict = judge.verdict(asked(combination))
        kinds[verdict.verdict] += 1
        if verdict.works is not None and left[verdict.works]:
            left[verdict.works] -= 1
            found.append(verdict)
    return found, kinds


def fresh(verdicts: Iterable[Verdict], jobs: int) -> list[tuple[Verdict, str]]:
    """Verdicts, each with what a run of its cell gives."""
    trials = Trials("caniuse")

    def tried(verdict: Verdict, wheel: Path) -> tuple[Verdict, str]:
        combination = verdict.combination
        assert combination is not None  # it is about one that was drawn
        facts = {"verdict": verdict.verdict, "works": verdict.works, "cell": combination.cell}
        return verdict, trials.of(combination.cell, facts, partial(run, combination, wheel))["outcome"]

    with tempfile.TemporaryDirectory() as folder:
        wheel = environments.build_wheel(Path(folder))
        return trying.together((partial(tried, verdict, wheel) for verdict in verdicts), jobs)


def left_out() -> Iterator[tuple[Verdict, str]]:
    """Verdicts on each record's combination without that record, each with what the record says."""
    data = records.read()
    for place, record in enumerate(records.load().records):
        if record.state() != "untested":
            rest = Support({**data, "records": data["records"][:place] + data["records"][place + 1 :]})
            yield Judge(rest).verdict(asked(record.combination)), WORKS if record.works else FAILS


def judged(found: Iterable[tuple[Verdict, str]]) -> int:
    """Print how often the verdicts were right, and return the exit code; it takes some that are interpolated."""
    counts, wrong, unsafe = Counter[str](), 0, 0
    for verdict, outcome in found:
        counts[f"{verdict.verdict}, {outcome}"] += 1
        if verdict.works is not None and verdict.works != (outcome == WORKS):
            wrong += 1
            unsafe += verdict.works
            print(f"{verdict.combination}: {verdict.verdict}, but it {outcome}")
    claims = sum(count for name, count in counts.items() if not name.startswith(UNTESTED))
    interpolated = any(name.startswith(INTERPOLATED) for name in counts)
    for name, count in sorted(counts.items()):
        print(f"{count:5} {name}")
    print(f"{claims - wrong} of {claims} verdicts are right; {unsafe} say that it works, and it does not")
    return 1 if unsafe or not interpolated or wrong > TOLERATED * claims else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Check what caniuse says of combinations that were not measured.")
    parser.add_argument("--cells", type=int, default=CELLS, metavar="N", help="how many to try")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="cells at a time")
    parser.add_argument("--leave-one-out", action="store_true", help="install nothing: judge each record by the rest")
    arguments = parser.parse_args()
    if arguments.leave_one_out:
        return judged(left_out())
    verdicts, kinds = decided(records.load(), arguments.cells, arguments.seed)
    code = judged(fresh(verdicts, arguments.jobs))
    share = kinds[UNTESTED] / max(1, kinds.total())
    print(f"of {kinds.total()} that were drawn, {kinds[UNTESTED]} ({share:.0%}) are untested")
    return code


if __name__ == "__main__":
    sys.exit(main())
