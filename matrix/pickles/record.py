#!/usr/bin/env python3
"""Have old scikit-learns write pickles, newer ones read them, and record what came of it.

    python matrix/pickles/record.py [--keep-data] [--jobs N] [--only NAME ...]

Needs `packaging` and `uv`. Makes the environments that it needs (matrix/environments.py). With --keep-data, the
files of tests/legacy/data are written anew as well. An outcome holds from the scikit-learn at which it stands up to the
next one named.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "matrix"))
import cells  # noqa: E402
import environments  # noqa: E402

RECORD = Path(__file__).with_name("loads.json")
DATA = ROOT / "tests" / "legacy" / "data"
SCRIPT = Path(__file__).with_name("estimators.py")
COMMAND = "python matrix/pickles/record.py"

WRITERS = [
    "py3.6-joblib0.11-sklearn0.18.2-distributed1.21.8",
    "py3.6-joblib0.11-sklearn0.19.2-distributed1.21.8",
    "py3.6-joblib0.13.2-sklearn0.20.4-distributed1.28.1",
    "py3.7-joblib0.14.1-sklearn0.21.3-distributed2.9.3",
    "py3.7-joblib0.15.1-sklearn0.22.2.post1-distributed2.14.0",
    "py3.8-joblib0.16.0-sklearn0.23.2-distributed2.20.0",
    "py3.8-joblib0.17.0-sklearn0.24.2-distributed2.30.1",
]
READERS = [
    *WRITERS,
    "py3.8-joblib1.0.1-sklearn1.0.2-distributed2021.6.2",
    "py3.9-joblib1.1.1-sklearn1.1.3-distributed2022.8.1",
    "py3.9-joblib1.2.0-sklearn1.2.2-distributed2023.9.3",
    "py3.10-joblib1.3.2-sklearn1.3.2-distributed2024.6.2",
    "py3.10-joblib1.3.2-sklearn1.4.2-distributed2024.6.2",
    "py3.11-joblib1.4.2-sklearn1.5.2-distributed2024.12.1",
    "py3.11-joblib1.4.2-sklearn1.6.1-distributed2024.12.1",
    "py3.12-joblib1.5.3-sklearn1.7.2-distributed2025.9.1",
    "py3.14-joblib1.5.3-sklearn1.8.0-distributed2026.1.3",
    "py3.13-joblib1.6.0-sklearn1.9.1-distributed2026.8.0",
]

Outcomes = dict[str, dict[str, dict[str, str]]]  # estimator -> writer -> reader -> what came of it


def run(cell: cells.Cell, *arguments: str) -> str:
    """Run the script in a cell, with the package of this checkout, on one thread."""
    environ = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    command = [str(environments.ensure(cell)), "-W", "ignore", str(SCRIPT), *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environ)
    if done.returncode:
        raise RuntimeError(f"{cell}: {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def read(cell: cells.Cell, folder: Path, number: int) -> dict[str, dict[str, str]]:
    """What comes of the files of the first writers, by writer and estimator; later ones are newer than this cell."""
    writers = [cells.from_id(each).sklearn for each in WRITERS[: number + 1]]
    return {writer: json.loads(run(cell, "read", str(folder / writer))) for writer in writers}


def measured(folder: Path, readers: list[cells.Cell], jobs: int) -> Outcomes:
    numbers = [READERS.index(reader.id) for reader in readers]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        told = list(pool.map(read, readers, [folder] * len(readers), numbers))
    outcomes: Outcomes = {}
    for reader, by_writer in zip(readers, told, strict=True):
        for writer, by_estimator in by_writer.items():
            for estimator, outcome in by_estimator.items():
                outcomes.setdefault(estimator, {}).setdefault(writer, {})[reader.sklearn] = outcome
    return outcomes


def shortened(by_reader: dict[str, str]) -> dict[str, str]:
    """Only the readers at which the outcome changes."""
    changes: dict[str, str] = {}
    for reader, outcome in by_reader.items():
        if not changes or list(changes.values())[-1] != outcome:
            changes[reader] = outcome
    return changes


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Record which scikit-learn reads which old pickles.")
    parser.add_argument("--keep-data", action="store_true", help="write the files of tests/legacy/data anew")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="how many cells read at a time")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="these estimators; the others stay")
    given = parser.parse_args()
    if given.keep_data and given.only:
        parser.error("--keep-data needs all estimators")
    return given


def keep(folder: Path) -> None:
    """Keep the files that tests read, and what they expect of them."""
    kept = json.loads(run(cells.from_id(WRITERS[0]), "kept"))
    for written in sorted(folder.iterdir()):
        target = DATA / written.name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        expected = json.loads((written / "expected.json").read_text(encoding="utf-8"))
        for name in kept:
            shutil.copy(written / f"{name}.pkl", target)
        text = json.dumps({name: expected[name] for name in kept})
        (target / "expected.json").write_text(text + "\n", encoding="utf-8")


def main() -> None:
    given = arguments()
    readers = [cells.from_id(each) for each in READERS]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for cell in map(cells.from_id, WRITERS):
            (folder / cell.sklearn).mkdir()
            run(cell, "write", str(folder / cell.sklearn), *given.only)
        if given.keep_data:
            keep(folder)
        outcomes = measured(folder, readers, given.jobs)
    told = {
        name: {writer: shortened(by_reader) for writer, by_reader in by_writer.items()}
        for name, by_writer in outcomes.items()
    }
    if given.only:
        told = json.loads(RECORD.read_text(encoding="utf-8"))["outcomes"] | told
    record = {
        "generated by": COMMAND,
        "writers": {cells.from_id(each).sklearn: each for each in WRITERS},
        "readers": {reader.sklearn: reader.id for reader in readers},
        "outcomes": dict(sorted(told.items())),
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
