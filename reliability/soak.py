"""Run tasks for minutes while workers die, stop, leave and come: nox -s soak [-- --minutes N --tasks N --blocks N]

A scheduler, workers under nannies, and one client program with several threads, all processes of their own. Faults of
the cluster come every few blocks; faults of calls are the client's (soak_client.py). Memory, descriptors and threads
are sampled as blocks end. Then the same tasks are run by distributed's ``client.map``, under the same faults of the
cluster, for what its scheduler keeps by itself. Exit codes: 0, every bar of soak_bars.py is met; 1, one is missed.
"""

from __future__ import annotations

import argparse
import collections
import itertools
import json
import os
import signal
import sys
import sysconfig
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
from distributed import Client

import soak_bars
import soak_client
from origin import origin

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE.parent / "matrix"))

from processes import Process  # noqa: E402 - the matrix is no package

WHOLE = {"tasks": 100_000, "blocks": 2000, "threads": 8}
RECORD = HERE / "results" / "soak.json"
WORKERS = 3
PAUSE = 2  # seconds for which a worker is stopped
STALL = 180  # seconds without the end of a block after which the client hangs
SAMPLES = 100
FAULTS = 100
#: distributed logs its last messages and events, and a profile of each second: 1,000 of each by default, which takes
#: more than a quarter of an hour. With fewer, the logs are full when the first quarter is over.
FEW_LOGS = {"DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "50"}


class HungError(Exception):
    """No block ended for too long."""


class Cluster:
    """A scheduler, workers under nannies, and a look at them from outside."""

    def __init__(self, folder: Path, ending: ExitStack) -> None:
        self.folder = folder
        self._ending = ending
        self._names = map(str, itertools.count())
        self._log = ending.enter_context((folder / "log.txt").open("w", encoding="utf-8"))
        self.nannies: dict[str, Process] = {}
        told = folder / "scheduler.json"
        self.scheduler = self.start(
            *("-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"),
            *("--dashboard-address", "127.0.0.1:0", "--scheduler-file", told),
        )
        until(lambda: told.exists() and told.read_text(encoding="utf-8").rstrip().endswith("}"))
        self.address = str(json.loads(told.read_text(encoding="utf-8"))["address"])
        self._client = ending.enter_context(Client(self.address, set_as_default=False))
        for _ in range(WORKERS):
            self.start_worker()
        until(self.whole)

    def start(self, *arguments: object) -> Process:
        command = [sys.executable, "-W", "ignore", "-X", "faulthandler", *map(str, arguments)]
        process = Process(command, self.folder, self._log, FEW_LOGS)
        self._ending.callback(process.end)
        return process

    def start_worker(self) -> None:
        name = next(self._names)
        self.nannies[name] = self.start(
            *("-m", "distributed.cli.dask_worker", self.address, "--host", "127.0.0.1", "--nthreads", 1),
            *("--dashboard-address", "127.0.0.1:0", "--name", name, "--local-directory", self.folder),
        )

    def workers(self) -> dict[str, int]:
        """Return the processes of the workers that the scheduler knows, by name."""
        return dict(self._client.run_on_scheduler(_workers))

    def whole(self) -> bool:
        """Tell whether every worker is there."""
        return self.workers().keys() == self.nannies.keys()

    def log(self) -> str:
        return (self.folder / "log.txt").read_text(encoding="utf-8", errors="replace")


def _workers(dask_scheduler: Any) -> dict[str, int]:
    return {str(state.name): state.pid for state in dask_scheduler.workers.values()}


def until(condition: Callable[[], Any], seconds: float = 120) -> None:
    """Wait for a condition to come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("the cluster did not start")
        time.sleep(0.05)


class Soak:
    """One run: what it did to the cluster, and what it saw."""

    def __init__(self, cluster: Cluster, client: Process, blocks: int) -> None:
        self._cluster = cluster
        self._client = client
        self._blocks = blocks
        self._file = cluster.folder / "blocks.jsonl"
        self._read = self.ended = 0
        self._progressed = time.monotonic()
        veteran, *self._victims = cluster.workers()
        pids = {"client": client.pid, "scheduler": cluster.scheduler.pid, "worker": cluster.workers()[veteran]}
        self._watched = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._any = itertools.cycle(range(WORKERS))
        self.done: collections.Counter[str] = collections.Counter()
        self.samples: dict[str, Any] = {
            "blocks": [],
            **{name: {measure: [] for measure in soak_bars.MEASURES} for name in pids},
        }

    def run(self) -> None:
        """Bring faults about until the client has ended."""
        every = max(1, self._blocks // FAULTS, 4)
        faults = itertools.cycle((self._kill, self._stop, self._kill, self._leave))
        for due in itertools.count(every, every):
            if not self._watch(lambda due=due: self.ended >= due):
                return
            next(faults)()
            self._watch(self._cluster.whole)

    def _kill(self) -> None:
        name = self._next_victim()
        pid = self._cluster.workers().get(name)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self.done["workers killed with `kill -9`"] += 1
            self._watch(lambda: self._cluster.workers().get(name) not in (pid, None))

    def _stop(self) -> None:
        """Stop one of all workers; what it does for a time is what happens, so this one is timed."""
        pid = sorted(self._cluster.workers().values())[next(self._any)]
        goes_on = time.monotonic() + PAUSE
        os.kill(pid, signal.SIGSTOP)
        try:
            self._watch(lambda: time.monotonic() > goes_on)
        finally:
            os.kill(pid, signal.SIGCONT)
        self.done[f"workers stopped for {PAUSE} s"] += 1

    def _leave(self) -> None:
        name = self._next_victim()
        nanny = self._cluster.nannies.pop(name)
        self._victims.remove(name)
        os.kill(nanny.pid, signal.SIGTERM)
        self._watch(lambda: nanny.exit_code is not None)
        self._cluster.start_worker()
        self._victims.append(list(self._cluster.nannies)[-1])
        self.done["workers that left, and new ones that came"] += 1

    def _next_victim(self) -> str:
        self._victims.append(self._victims.pop(0))
        return self._victims[-1]

    def _watch(self, condition: Callable[[], bool]) -> bool:
        """Take samples until a condition comes true; false, the client ended before."""
        while True:
            self._look()
            if self._client.exit_code is not None:
                return False
            if condition():
                return True
            if time.monotonic() - self._progressed > STALL:
                raise HungError
            time.sleep(0.05)

    def _look(self) -> None:
        """Count the blocks that have ended, and take a sample at every few of them."""
        if self._file.exists():
            with open(self._file, "rb") as stream:
                stream.seek(self._read)
                new = stream.read()
            self._read += len(new)
            self.ended += new.count(b"\n")
            self._progressed = time.monotonic() if new else self._progressed
        last = self.samples["blocks"][-1] if self.samples["blocks"] else -1
        if self.ended - last >= max(1, self._blocks // SAMPLES) and self._client.exit_code is None:
            try:
                seen = {name: _measured(process) for name, process in self._watched.items()}
            except psutil.Error:  # the client ends
                return
            self.samples["blocks"].append(self.ended)
            for name, measured in seen.items():
                for measure, figure in measured.items():
                    self.samples[name][measure].append(figure)


def _measured(process: psutil.Process) -> dict[str, float]:
    rss = round(process.memory_info().rss / 1e6, 2)
    return {"rss_mb": rss, "descriptors": process.num_fds(), "threads": process.num_threads()}


def results(folder: Path, client: int) -> dict[str, Any]:
    """Return what the client wrote down: of each task's result, and of each call that had to fail."""
    lines = (folder / "blocks.jsonl").read_text(encoding="utf-8").splitlines()
    blocks = [json.loads(line) for line in lines]
    found = [result for each in blocks for result in each.get("results", ())]
    numbers = collections.Counter(number for number, _, _ in found)
    tokens = {token for _, token, _ in found}
    expected = {number for each in blocks if "results" in each for number in range(*each["numbers"])}
    kinds = collections.Counter(each["kind"] for each in blocks)
    left = folder / "left.json"
    return {
        "results": {
            "tasks": len(numbers),
            "lost": len(expected - numbers.keys()),
            "twice": len(found) - min(len(numbers), len(tokens)),
            "elsewhere": sum(pid == client for _, _, pid in found),
        },
        "calls": {kind: kinds[kind] for kind in soak_client.FAILURES},
        "unexpected": [each["unexpected"] for each in blocks if "unexpected" in each],
        "scheduler_tasks": json.loads(left.read_text(encoding="utf-8")) if left.exists() else None,
    }


def soak(tasks: int, blocks: int, threads: int, minutes: float) -> dict[str, Any]:
    """Run it both ways and return the figures: all of the blocks', and of `client.map` what the scheduler took."""
    sizes = (tasks // blocks, threads, minutes)
    whole, by_map = (_soaked(way, blocks, *sizes) for way in (soak_client.BLOCKS, soak_client.MAP))
    return {
        "asked": {"tasks": tasks, "blocks": blocks, "threads": threads, "workers": WORKERS, "minutes": minutes},
        **whole,
        "by_map": {
            **{key: by_map[key] for key in ("seconds", "hung", "faults")},
            "tasks": by_map["results"]["tasks"],
            "rss_mb": by_map["samples"]["scheduler"]["rss_mb"],
        },
    }


def _soaked(way: str, blocks: int, size: int, threads: int, minutes: float) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, ExitStack() as ending:
        folder = Path(name)
        cluster = Cluster(folder, ending)
        began, deadline = time.monotonic(), time.time() + 60 * minutes
        program = (HERE / "soak_client.py", way, cluster.address, folder, blocks, size, threads, deadline)
        client = cluster.start(*program)
        run = Soak(cluster, client, blocks)
        try:
            run.run()
        except HungError:
            client.abort()  # writes down where its threads are
            until(lambda: client.exit_code is not None)
        if client.exit_code:
            print(cluster.log()[-20000:], file=sys.stderr)
        return {
            "seconds": round(time.monotonic() - began, 1),
            "hung": bool(client.exit_code),
            "faults": dict(run.done),
            **results(folder, client.pid),
            "samples": run.samples,
        }


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Run tasks for minutes while workers die, stop, leave and come.")
    parser.add_argument("--tasks", type=int, default=WHOLE["tasks"])
    parser.add_argument("--blocks", type=int, default=WHOLE["blocks"])
    parser.add_argument("--threads", type=int, default=WHOLE["threads"])
    parser.add_argument("--minutes", type=float, default=20, help="of either way, after which no further block begins")
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the record goes, instead of into results/")
    given = parser.parse_args(argv)
    if given.tasks % given.blocks:
        parser.error("each block has as many tasks as any other: --tasks is a multiple of --blocks")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that all that was started is ended
    where = origin(Path(sysconfig.get_path("purelib")))
    record = {**where, **soak(given.tasks, given.blocks, given.threads, given.minutes)}
    whole = all(getattr(given, name) == size for name, size in WHOLE.items())
    if path := given.json or (RECORD if whole else None):
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    else:
        print("not recorded, as it is not the whole soak")
    judged = list(soak_bars.judge(record))
    for each in judged:
        print(f"{each.measure} ({each.bar}): {each.told}: {'met' if each.met else 'MISSED'}")
    for each in record["unexpected"]:
        print(each, file=sys.stderr)
    return 0 if all(each.met for each in judged) else 1


if __name__ == "__main__":
    sys.exit(main())
