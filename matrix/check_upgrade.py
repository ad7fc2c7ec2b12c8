"""Check that each step of an upgrade can be taken: `python matrix/check_upgrade.py [--from PKG==V ...] [--to ...]`.

Asks `upgrade` for a way, installs the pins of each step with pip and with uv into fresh environments, and runs the grid
search there. Results go to advice/upgrade.jsonl; what was seen is not repeated. Exit codes: 0, every step works and
moves one package; 1, otherwise; 2, wrong use.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

import environments
import trying
from cells import Cell
from trying import Trials

START = ["joblib==0.14.1", "scikit-learn==0.20.4", "distributed==2.9.3"]


def main() -> int:
    parser = argparse.ArgumentParser(description="Check that each step of an upgrade can be taken.")
    parser.add_argument("--from", nargs="+", dest="start", default=START, metavar="PKG==V")
    parser.add_argument("--to", nargs="+", default=["newest"], metavar="PKG==V")
    arguments = parser.parse_args()
    code, way = trying.advice("upgrade", "--from", *arguments.start, "--to", *arguments.to)
    if code != 0:
        print("there is no way")
        return 1
    trials, bad = Trials("upgrade"), 0
    with tempfile.TemporaryDirectory() as folder:
        wheel = environments.build_wheel(Path(folder))
        for step in way["steps"]:
            combination = step["combination"]
            cell = Cell(*(combination[name] for name in ("python", "joblib", "scikit-learn", "distributed")))
            if len(step["moved"]) > 1:
                bad += 1
                print(f"{cell}: {', '.join(each['package'] for each in step['moved'])} move together")
            for installer in trying.INSTALLERS:
                facts = {"cell": cell.id, "pins": trying.digest(step["pins"]), "installer": installer}
                measure = partial(trying.tried, cell, step["pins"], step["install"], installer, wheel)
                trial = trials.of(f"{cell} {installer}", facts, measure)
                if trial["outcome"] != "works":
                    bad += 1
                    print(f"{trial['trial']}: {trial['outcome']}: {trial['reason']}")
    print(f"{len(way['steps'])} steps, {bad} findings")
    return 1 if bad or not way["steps"] else 0


if __name__ == "__main__":
    sys.exit(main())
