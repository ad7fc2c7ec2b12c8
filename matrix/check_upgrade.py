"""Check that each step of an upgrade can be taken: `python matrix/check_upgrade.py [--from PKG==V ...] [--to ...]`.

Asks `upgrade` for a way, installs the pins of each step with pip and with uv into fresh environments, and runs the grid
search there. Results go to advice/upgrade.jsonl; what was seen is not repeated. Exit codes: 0, every step works and
moves one package; 1, otherwise; 2, wrong use.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import environments
import plan as planning
import trying
from cells import Cell
from trying import Trial, Trials

START = ["joblib==0.14.1", "scikit-learn==0.20.4", "distributed==2.9.3"]


def checks(steps: list[dict[str, Any]], wheel: Path, trials: Trials) -> Iterator[Callable[[], Trial]]:
    """What tries each step."""
    for step in steps:
        yield from trying.installations(trials, str(_cell(step)), _cell(step), step, wheel)


def _cell(step: dict[str, Any]) -> Cell:
    return Cell(*(step["combination"][name] for name in ("python", *planning.AXES)))


def main() -> int:
    parser = argparse.ArgumentParser(description="Check that each step of an upgrade can be taken.")
    parser.add_argument("--from", nargs="+", dest="start", default=START, metavar="PKG==V")
    parser.add_argument("--to", nargs="+", default=["newest"], metavar="PKG==V")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="trials at a time")
    arguments = parser.parse_args()
    code, way = trying.advice("upgrade", "--from", *arguments.start, "--to", *arguments.to)
    if code != 0:
        print("there is no way")
        return 1
    steps = way["steps"]
    with tempfile.TemporaryDirectory() as folder:
        wheel = environments.build_wheel(Path(folder))
        seen = trying.together(checks(steps, wheel, Trials("upgrade")), arguments.jobs)
    findings = [f"{each['trial']}: {each['outcome']}: {each['reason']}" for each in seen if each["outcome"] != "works"]
    together = [step for step in steps if len(step["moved"]) > 1]
    findings += [f"{_cell(step)}: {' and '.join(each['package'] for each in step['moved'])} move" for step in together]
    print("\n".join([*findings, f"{len(steps)} steps, {len(findings)} findings"]))
    return 1 if findings or not steps else 0


if __name__ == "__main__":
    sys.exit(main())
