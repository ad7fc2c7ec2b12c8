"""Measure cells and write down what was seen: `python matrix/sweep.py --edges`; see README.md here.

A red outcome is data: the sweep goes on. Exit codes: 0, fine; 1, findings; 2, wrong use or an
internal error; 130, interrupted (go on with --resume).
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import catalog
import cells
import environments
import plan as planning
import records
import verdict
from catalog import Behaviour
from cells import Cell
from environments import CellError
from measure import Bench, combined, steady
from progress import Progress
from records import OURS, Record
from stage import COLUMNS

#: Of the 5 GB that a sweep of the plan may take; the edges' environments, the logs and what is being made are the rest.
CACHE_BYTES = 3 * 1000**3

Plan = Mapping[Cell, Sequence[Behaviour]]


@dataclass
class Sweep:
    """One wheel, measured in a number of cells."""

    wheel: Path
    columns: Sequence[str]
    results: Path
    runs: int
    resume: bool
    planned: bool  # cells of the plan: too many to keep their environments, or to measure again for each wheel
    progress: Progress
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.digest = hashlib.sha256(self.wheel.read_bytes()).hexdigest()
        self.date = datetime.datetime.now(datetime.UTC).date().isoformat()
        self.recorded = records.load(self.results) if self.resume else {}

    def measure_all(self, plan: Plan, jobs: int) -> None:
        """Measure some cells at a time; interrupted, end what runs and keep what was written."""
        with ThreadPoolExecutor(jobs) as pool:
            measured = [pool.submit(self._measure, *each) for each in plan.items()]
            try:
                for each in as_completed(measured):
                    each.result()
            except BaseException:
                _ignore_interrupts()
                self.stop.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _measure(self, cell: Cell, behaviours: Sequence[Behaviour]) -> None:
        left = {column: self._left(cell, column, behaviours) for column in self.columns}
        left = {column: names for column, names in left.items() if names}
        record: Record = {
            "schema_version": records.SCHEMA_VERSION,
            "cell": cell.id,
            "requested": {"python": cell.python, **cell.packages},
            "resolved": None,
            "date": self.date,
            "wheel": self.digest,
            "columns": {},
        }
        try:
            if left:
                self._fill(record, cell, left)
        except CellError as exc:
            records.save(self.results, cell, {**record, "error": steady(str(exc))})
            self.progress.say(f"{cell}: {exc}")
        finally:
            if self.planned and left and cell not in cells.edges():
                environments.set_aside(cell)
                environments.keep_cache_below(CACHE_BYTES)
        self.progress.done()

    def _fill(self, record: Record, cell: Cell, left: Mapping[str, Sequence[Behaviour]]) -> None:
        started = time.monotonic()
        python = environments.ensure(cell, self.wheel)
        if (took := time.monotonic() - started) > 5:
            self.progress.say(f"{cell}: environment made ({took:.0f} s)")
        with Bench(cell, python, self.stop, sparing=self.planned) as bench:
            self._measure_with(bench, record, cell, left)

    def _measure_with(self, bench: Bench, record: Record, cell: Cell, left: Mapping[str, Sequence[Behaviour]]) -> None:
        record.update(bench.probe(), freeze=environments.freeze(cell))
        # Which dask goes with the rest is the installer's choice, the newest on the day that counts.
        chosen = dict(line.split("==") for line in record["freeze"])
        record["requested"]["dask"] = chosen["dask"]
        if record["resolved"] != record["requested"]:
            raise CellError(f"asked for {record['requested']}, but it holds {record['resolved']}")
        for column, behaviours in left.items():
            started = time.monotonic()
            runs = [bench.column(column, behaviours) for _ in range(self.runs)]
            if column == OURS and environments.installed_wheel(cell) != self.digest:
                raise CellError("another wheel was installed while this one was measured")
            outcomes = {each.name: combined([run[each.name] for run in runs]) for each in behaviours}
            records.save(self.results, cell, {**record, "columns": {column: outcomes}})
            self.progress.column(cell, column, outcomes, time.monotonic() - started)

    def _left(self, cell: Cell, column: str, behaviours: Sequence[Behaviour]) -> list[Behaviour]:
        """The behaviours that are to be measured: with --resume, those without a record."""
        record = self.recorded.get(cell.id, {})
        if self.planned and "error" in record:
            return []
        wheel = None if self.planned else self.digest
        return [each for each in behaviours if not records.has(record, column, each.name, wheel, self.runs)]


def _ignore_interrupts() -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)


def _plan(arguments: argparse.Namespace) -> dict[Cell, list[Behaviour]]:
    if arguments.plan and not arguments.cells:
        measured = records.measured(records.load(arguments.results or records.RESULTS)) if arguments.resume else ()
        chosen = planning.choose(arguments.level, arguments.python, arguments.since, measured)
    else:
        chosen = [cells.from_id(cell_id) for cell_id in arguments.cells] or cells.edges()
    if arguments.behaviours is None and arguments.ci:
        whole = cells.whole_in_ci()
        sets = {cell: "all" if cell in whole else "quick" for cell in chosen}
    else:
        sets = dict.fromkeys(chosen, arguments.behaviours or ("core" if arguments.plan else "all"))
    return {cell: catalog.select(wanted) for cell, wanted in sets.items()}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Measure cells and write down what was seen.")
    add = parser.add_argument
    add("--edges", action="store_true", help="the cells that are always measured")
    add("--cells", nargs="+", default=[], metavar="ID", help="these instead")
    add("--plan", action="store_true", help="those of plan.py: columns upstream and compat, behaviours core")
    add("--level", nargs="+", default=[], choices=planning.LEVELS, help="of the plan, these levels")
    add("--python", choices=cells.pythons(), help="of the plan, the cells on this Python")
    add("--since", type=datetime.date.fromisoformat, metavar="DATE", help="... with a release since that day")
    add("--columns", type=_names(COLUMNS), help=f"some of {','.join(COLUMNS)}, which is the default")
    add("--behaviours", metavar="WHICH", help="all (the default), core, quick, or names: a,b,c")
    add("--wheel", type=Path, help="our wheel; without it, one is built")
    add("--runs", type=_positive, default=1, metavar="N", help="pass only what passes N times")
    add("--jobs", type=_positive, default=1, metavar="N", help="cells at a time")
    add("--resume", action="store_true", help="leave out what has a record; but for the plan, of this wheel")
    add("--results", type=Path, metavar="FOLDER", help="where records go; default: results/ here")
    add("--verdict", action="store_true", help=f"judge what was measured in the column {OURS}")
    add(
        "--ci",
        action="store_true",
        help=f"column {OURS} with verdict, a quick set in most cells, records thrown away",
    )
    return parser


def _arguments(argv: Sequence[str] | None) -> tuple[argparse.Namespace, dict[Cell, list[Behaviour]]]:
    parser = _parser()
    arguments = parser.parse_args(argv)
    arguments.verdict |= arguments.ci
    usual = [OURS] if arguments.ci else list(verdict.MEASURED) if arguments.plan else list(COLUMNS)
    arguments.columns = arguments.columns or usual
    if not (arguments.edges or arguments.cells or arguments.ci or arguments.plan):
        parser.error("which cells? --edges, --plan, or --cells ID ...")
    if (arguments.level or arguments.python or arguments.since) and not arguments.plan:
        parser.error("--level, --python and --since are slices of the --plan")
    if arguments.verdict and OURS not in arguments.columns:
        parser.error(f"--verdict judges the column {OURS}, which --columns leaves out")
    if arguments.wheel and not arguments.wheel.is_file():
        parser.error(f"there is no wheel {arguments.wheel}")
    try:
        plan = _plan(arguments)
    except ValueError as exc:
        parser.error(str(exc))
    if not plan or not all(plan.values()):
        parser.error("there is nothing to measure")
    return arguments, plan


def _positive(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


def _names(known: Mapping[str, Any]) -> Any:
    def parse(text: str) -> list[str]:
        names = text.split(",")
        if unknown := [name for name in names if name not in known]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: not one of {', '.join(known)}")
        return names

    return parse


def _run(arguments: argparse.Namespace, plan: Plan) -> int:
    expected = verdict.load_expected() if arguments.verdict else []  # a slip in it is told at once
    progress = Progress(len(plan))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        stack.callback(progress.close)
        stack.callback(environments.discard_spares)
        results = arguments.results or (folder / "results" if arguments.ci else records.RESULTS)
        wheel = arguments.wheel or environments.build_wheel(folder)
        sweep = Sweep(wheel, arguments.columns, results, arguments.runs, arguments.resume, arguments.plan, progress)
        sweep.measure_all(plan, arguments.jobs)
        progress.close()
        found = records.load(results)
    if arguments.verdict:
        wanted = {cell: [each.name for each in behaviours] for cell, behaviours in plan.items()}
        rerun = f"nox -s edges -- {'--ci' if arguments.ci else '--columns compat'}"
        return verdict.report(verdict.judge(found, wanted, expected), rerun)
    failed = [cell for cell in plan if "error" in found.get(cell.id, {"error": "no record"})]
    print(f"{len(plan) - len(failed)} cells measured, {len(failed)} cells without a new record")
    return 1 if failed else 0


def main(argv: Sequence[str] | None = None) -> int:
    arguments, plan = _arguments(argv)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _run(arguments, plan)
    except KeyboardInterrupt:
        print("interrupted; what was measured is written, --resume goes on", file=sys.stderr)
        return 130
    except Exception:
        traceback.print_exc()
        return 2


if __name__ == "__main__":
    sys.exit(main())
