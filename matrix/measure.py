"""Run behaviours in a cell, from outside: nothing that they do may stop or outlive a sweep.

The process in the cell (cell.py) writes a line as each behaviour begins and ends. From these lines
it is known which one is running, so that one that hangs is named and the others still get their
turn, on a fresh cluster. So they do after a failure that has changed the cluster.
"""

from __future__ import annotations

import json
import re
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import environments
import processes
from catalog import Behaviour
from cells import Cell
from processes import Forked, Nursery, Process
from records import OURS

HERE = Path(__file__).parent
LOGS = environments.FOLDER / "logs"
STARTING = 60  # seconds until a cluster is up and the first behaviour begins
CLOSING = 5  # seconds that a cluster gets to close by itself
GOOD = ("pass", "n/a")

Outcome = dict[str, Any]

# What differs from run to run and from machine to machine says nothing, and makes diffs noisy.
UNSTEADY = [
    (re.compile(r"(?<![\w:/.])(?:/[\w.+@-]+)+/(?=[\w.+-])"), ".../"),  # all but a path's last part
    (re.compile(r"(127\.0\.0\.1):\d+"), r"\1:*"),
    (re.compile(r"\b0x[0-9a-f]+\b"), "0x*"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{16,}\b"), "*"),
    (re.compile(r"\{\d+(?:, \d+)*\}"), "{*}"),  # process ids
    (re.compile(r"\b(process|pid) \d+"), r"\1 *"),
]


class StoppedError(Exception):
    """The sweep is to end now."""


class Bench:
    """A cell whose environment is made, ready to be measured.

    Isolated behaviours get a process and a cluster each. Sparing, as a sweep of the plan has to be, everything is
    imported once and forked from there (nursery.py), and those of our column share a cluster for as long as they leave
    it as it was, as they have to. Upstream's do not: it finds no client where a behaviour's own was closed, say.
    """

    def __init__(self, cell: Cell, python: Path, stop: threading.Event, sparing: bool = False) -> None:
        self._python = str(python)
        self._stop = stop
        self._sparing = sparing
        self._ending = ExitStack()
        self._nursery: Nursery | None = None
        self._runs: Counter[str] = Counter()
        self._logs = LOGS / cell.id
        self._logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Bench:
        if self._sparing:
            command = [self._python, str(HERE / "nursery.py")]
            self._nursery = self._ending.enter_context(processes.nursing(command, self._new_log("nursery")))
        return self

    def __exit__(self, *exc: object) -> None:
        self._nursery = None
        self._ending.close()

    def probe(self) -> dict[str, Any]:
        """What the cell holds and which routes it has; see probe.py."""
        log = self._new_log("probe")
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            result = Path(folder, "result.json")
            with self._running(["probe.py", str(result)], Path(folder), log) as process:
                self._wait_for(process, STARTING)
                if process.exit_code != 0:
                    raise environments.CellError(f"probe.py failed: {_last_line(log)}")
            found: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        for route in (route for routes in found["routes"].values() for route in routes.values()):
            if "reason" in route:
                route["reason"] = steady(route["reason"])
        return found

    def column(self, column: str, behaviours: Sequence[Behaviour]) -> dict[str, Outcome]:
        """The outcome of each behaviour."""
        self._runs[column] += 1
        run = self._runs[column]
        log = self._new_log(column if run == 1 else f"{column}-{run}")
        outcomes: dict[str, Outcome] = {}
        shared = [each for each in behaviours if not each.isolated]
        isolated = [each for each in behaviours if each.isolated]
        ordered = sorted(shared + isolated, key=lambda each: each.last)
        groups = [ordered] if self._sparing and column == OURS else [shared, *([each] for each in isolated)]
        for group in groups:
            while left := [each for each in group if each.name not in outcomes]:
                outcomes |= self._process(column, left, log)
        return outcomes

    def _process(self, column: str, behaviours: Sequence[Behaviour], log: Path) -> dict[str, Outcome]:
        """The outcomes of as many behaviours as one process gets through, at least one."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            events = Events(Path(folder, "events.jsonl"))
            names = [each.name for each in behaviours]
            fork = ["--fork"] if self._sparing else []
            with self._running(["cell.py", *fork, column, str(events.path), *names], Path(folder), log) as process:
                return self._watch(process, events, behaviours, log)

    def _running(self, argv: Sequence[str], folder: Path, log: Path) -> AbstractContextManager[Process | Forked]:
        """One of the scripts here, in the cell."""
        script = [str(HERE / argv[0]), *argv[1:]]
        if self._nursery is not None:
            return processes.forked(self._nursery, script, folder, log)
        return processes.running([self._python, *script], folder, log)

    def _watch(
        self, process: Process | Forked, events: Events, behaviours: Sequence[Behaviour], log: Path
    ) -> dict[str, Outcome]:
        limits = {each.name: each.limit for each in behaviours}
        outcomes: dict[str, Outcome] = {}
        current, limit, since = None, float(STARTING), time.monotonic()
        while True:
            exit_code = process.exit_code  # asked first: after an end, every line has been written
            for event in events.new():
                since = time.monotonic()
                if event["event"] == "began":
                    current = event["behaviour"]
                    limit = limits[current]
                elif event["event"] == "ended":
                    outcomes[event["behaviour"]] = _outcome(event)
                    current, limit = None, STARTING
                    if len(outcomes) == len(behaviours):
                        if not self._sparing:
                            self._wait_for(process, CLOSING)
                        return outcomes
            took = time.monotonic() - since
            if exit_code is not None or took > limit:
                break
            self._pause()
        if exit_code is None:
            status, reason = "hang", f"no end within {limit:g} s"
            process.abort()
            self._wait_for(process, CLOSING)
        else:
            status, reason = "crash", f"exit code {exit_code}: {_last_line(log)}"
        if current:
            return {**outcomes, current: _red(status, reason, took)}
        if outcomes:  # it ended between two behaviours: the rest gets its turn
            return outcomes
        return {name: _red(status, f"no cluster: {reason}", took) for name in limits}

    def _new_log(self, name: str) -> Path:
        log = self._logs / f"{name}.log"
        log.write_text("", encoding="utf-8")
        return log

    def _wait_for(self, process: Process | Forked, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while process.exit_code is None and time.monotonic() < deadline:
            self._pause()

    def _pause(self) -> None:
        if self._stop.wait(0.05):
            raise StoppedError


class Events:
    """The lines that a process in a cell writes, as they come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read = 0

    def new(self) -> Iterable[dict[str, Any]]:
        if not self.path.exists():
            return []
        text = self.path.read_bytes()[self._read :]
        whole = text[: text.rfind(b"\n") + 1]  # the last line may be half-written
        self._read += len(whole)
        return [json.loads(line) for line in whole.splitlines()]


def combined(runs: Sequence[Outcome]) -> Outcome:
    """One outcome for several runs of a behaviour: good only if every run was, and equally."""
    if len(runs) == 1:
        return runs[0]
    counts = Counter(run["status"] for run in runs)
    shown = next((run for run in runs if run["status"] not in GOOD), runs[0])
    outcome = {**shown, "runs": len(runs), "seconds": max(run["seconds"] for run in runs)}
    return outcome if len(counts) == 1 else {**outcome, "status": "flaky", "counts": dict(counts)}


def steady(text: str) -> str:
    """A message without paths, ports, addresses in memory, keys and process ids."""
    for pattern, replacement in UNSTEADY:
        text = pattern.sub(replacement, text)
    return text


def _outcome(event: dict[str, Any]) -> Outcome:
    kept: Outcome = {key: event[key] for key in ("status", "exception", "reason") if key in event}
    if "reason" in kept:
        kept["reason"] = steady(kept["reason"])
    return {**kept, "seconds": round(event["seconds"], 1)}


def _red(status: str, reason: str, seconds: float) -> Outcome:
    return {"status": status, "reason": steady(reason), "seconds": round(seconds, 1)}


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "no output")
