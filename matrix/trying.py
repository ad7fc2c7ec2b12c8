"""Try advice out: install what a command of the package printed, with pip and with uv, and run a search.

Shared by check_pins.py, check_caniuse.py and check_upgrade.py, which say what is tried. What was seen is kept in
advice/*.jsonl, a line for each trial in the order of their keys, so that an interrupted check goes on where it was.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import catalog
import environments
from cells import Cell
from measure import Bench

FOLDER = Path(__file__).with_name("advice")
INSTALLERS = ("pip", "uv")
SEEDED = ("pip", "setuptools", "wheel")  # are in an environment before anything is installed
TAIL = 600  # characters of an installer's message that a trial keeps

Trial = dict[str, Any]
Result = TypeVar("Result")


class Trials:
    """The trials of one check, as they were seen; several may be measured at a time."""

    def __init__(self, name: str) -> None:
        self._path = FOLDER / f"{name}.jsonl"
        lines = self._path.read_text(encoding="utf-8").splitlines() if self._path.exists() else []
        self._writing = threading.Lock()
        self.seen: dict[str, Trial] = {trial["trial"]: trial for trial in map(json.loads, lines)}

    def of(self, key: str, facts: Trial, measure: Callable[[], Trial]) -> Trial:
        """The trial with this key: measured now, unless something with the same facts was."""
        known = next((trial for trial in list(self.seen.values()) if facts.items() <= trial.items()), None)
        if known is None:
            today = datetime.datetime.now(datetime.UTC).date().isoformat()
            known = {"date": today, **facts, **measure()}
        with self._writing:
            if self.seen.get(key) != {**known, "trial": key}:
                self.seen[key] = {**known, "trial": key}
                self._write()
        print(f"{key}: {known['outcome']}", file=sys.stderr, flush=True)
        return self.seen[key]

    def _write(self) -> None:
        FOLDER.mkdir(exist_ok=True)
        text = "".join(json.dumps(self.seen[key], sort_keys=True) + "\n" for key in sorted(self.seen))
        unfinished = self._path.with_suffix(".unfinished")
        unfinished.write_text(text, encoding="utf-8")
        os.replace(unfinished, self._path)


def together(measures: Iterable[Callable[[], Result]], jobs: int) -> list[Result]:
    """What each of them returns, some of them at a time."""
    with ThreadPoolExecutor(jobs) as pool:
        measured = [pool.submit(measure) for measure in measures]
        try:
            return [each.result() for each in measured]
        finally:
            pool.shutdown(cancel_futures=True)


def installations(
    trials: Trials, name: str, cell: Cell, answer: dict[str, Any], wheel: Path
) -> Iterator[Callable[[], Trial]]:
    """What installs the pins of an answer with each installer, and runs a search there."""
    for installer in INSTALLERS:
        facts = {"cell": cell.id, "pins": digest(answer["pins"]), "installer": installer}
        measure = partial(tried, cell, answer["pins"], answer["install"], installer, wheel)
        yield partial(trials.of, f"{name} {installer}", facts, measure)


def advice(*arguments: str) -> tuple[int, dict[str, Any]]:
    """What a command of this package answers: its exit code and its JSON."""
    command = [sys.executable, "-m", "joblib_dask_compat", *arguments, "--format", "json"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if not done.stdout:
        raise ValueError(f"{' '.join(arguments)}: {done.stderr.strip()}")
    return done.returncode, json.loads(done.stdout)


def digest(pins: dict[str, str]) -> str:
    """A name for a set of pins: the same pins need no second trial."""
    return hashlib.sha256(json.dumps(pins, sort_keys=True).encode()).hexdigest()[:16]


def tried(cell: Cell, pins: dict[str, str], packages: Sequence[str], installer: str, wheel: Path) -> Trial:
    """Install packages with pins as constraints into a fresh environment, and run the grid search there."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            python = _install(cell, pins, [*packages, str(wheel)], installer, Path(folder))
        except environments.CellError as exc:
            return {"outcome": "not installed", "reason": str(exc)[-TAIL:]}
        return searched(cell, python, "grid_search")


def searched(cell: Cell, python: Path, behaviours: str) -> Trial:
    """Run behaviours of the column compat beside an interpreter; good if all of them are."""
    outcomes = Bench(cell, python, threading.Event()).column("compat", catalog.select(behaviours))
    red = {name: each for name, each in outcomes.items() if each["status"] not in ("pass", "n/a")}
    if not red:
        return {"outcome": "works"}
    reasons = [f"{name}: {each['status']}, {each.get('reason', '')}" for name, each in sorted(red.items())]
    return {"outcome": "fails", "reason": "; ".join(reasons)[:TAIL]}


def _install(cell: Cell, pins: dict[str, str], packages: Sequence[str], installer: str, folder: Path) -> Path:
    constraints = folder / "pins.txt"
    constraints.write_text("".join(f"{name}=={version}\n" for name, version in pins.items()), encoding="utf-8")
    interpreter = environments.find_python(cell.python)
    # seeded with the newest pip for this Python: what came with Python 3.6 reads no metadata of today
    environments.uv("venv", "--quiet", "--no-project", "--seed", "--python", str(interpreter), str(folder / "env"))
    python = folder / "env" / "bin" / "python"
    arguments = ["--quiet", "-c", str(constraints), *packages]
    if installer == "uv":
        environments.uv("pip", "install", "--python", str(python), *arguments)
    else:
        command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise environments.CellError(done.stderr.strip())
    found = dict(line.split("==") for line in environments.installed(python))
    asked = {name: version for name, version in pins.items() if name in packages or name not in SEEDED}
    if wrong := {name: found[name] for name in found if found[name] != asked.get(name, found[name])}:
        raise environments.CellError(f"installed are {wrong}, not the pins")
    return python
