"""Start a process in a cell, and end it together with everything that it started.

Ending a process group is not enough: nannies put their workers into sessions of their own, and
those of a nanny that is killed live on. So each process gets a mark in its environment, which its
descendants inherit, and ending it means killing whatever bears the mark until nothing does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

MARK = "MATRIX_PROCESS_MARK"
PROC = Path("/proc")
ENDING = 10  # seconds in which what was killed must be gone
# The settings of whoever runs a sweep must not change what is measured.
PERSONAL = ("PYTHON", "DASK_", "JOBLIB_", "LOKY_", "SKLEARN_")


class Process:
    """A running process of a cell, which may have started others."""

    def __init__(
        self,
        command: Sequence[str],
        folder: Path,
        output: IO[str],
        environ: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
    ) -> None:
        self._mark = f"{MARK}={uuid.uuid4().hex}"
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={**_environment(folder, self._mark), **(environ or {})},
            stdin=stdin,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The process that was started, not what it started."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative, the signal that ended it."""
        return self._process.poll()

    def abort(self) -> None:
        """Have it write down where its threads are, and end."""
        self._process.send_signal(signal.SIGABRT)

    def end(self) -> None:
        """Kill it and its descendants, and return once they are gone."""
        self._kill_all(set())
        self._process.wait()

    def _kill_all(self, spared: set[int]) -> None:
        deadline = time.monotonic() + ENDING
        while alive := set(self.alive()) - spared:
            if time.monotonic() > deadline:
                raise RuntimeError(f"these processes cannot be killed: {sorted(alive)}")
            for pid in alive:
                _kill(pid)
            time.sleep(0.02)

    def alive(self) -> Iterator[int]:
        """Yield it and its descendants, as far as they still run."""
        if not (PROC / "self" / "environ").exists():  # no Linux: at least the process group
            if self._process.poll() is None:
                yield -self._process.pid
            return
        for folder in PROC.glob("[0-9]*"):
            try:
                environ = (folder / "environ").read_bytes()
            except OSError:  # somebody else's, or gone by now
                continue
            if self._mark.encode() in environ.split(b"\0"):
                yield int(folder.name)


class Nursery(Process):
    """A process of a cell that has imported what others need, which are forks of it; see nursery.py."""

    def __init__(self, command: Sequence[str], folder: Path, output: IO[str]) -> None:
        super().__init__(command, folder, output, stdin=subprocess.PIPE)

        assert self._process.stdin is not None
        self._requests = self._process.stdin

    def fork(self, argv: Sequence[str], folder: Path, log: Path) -> Forked:
        """Have it run a script, once the one before has ended."""
        told = folder / "told.jsonl"
        request = {"argv": argv, "folder": str(folder), "log": str(log), "told": str(told)}
        with suppress(BrokenPipeError):  # it has ended, and so this has
            self._requests.write(json.dumps(request).encode() + b"\n")
            self._requests.flush()
        return Forked(self, told)

    def end(self) -> None:
        super().end()
        with suppress(BrokenPipeError):
            self._requests.close()

    def end_forked(self) -> None:
        """Kill all that it forked, and what that started."""
        self._kill_all({self.pid})


class Forked:
    """A script that a nursery runs."""

    def __init__(self, nursery: Nursery, told: Path) -> None:
        self._nursery = nursery
        self._told = told

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative, the signal that ended it, or its nursery."""
        nursery = self._nursery.exit_code  # asked first: after an end, every line has been written
        return self._find("exit_code", nursery)

    def abort(self) -> None:
        """Have it write down where its threads are, and end."""
        if pid := self._find("pid", None):
            _kill(pid, signal.SIGABRT)

    def _find(self, key: str, otherwise: int | None) -> int | None:
        lines = self._told.read_text(encoding="utf-8").split("\n")[:-1] if self._told.exists() else []
        return next((told[key] for told in map(json.loads, lines) if key in told), otherwise)


@contextmanager
def nursing(command: Sequence[str], log: Path) -> Iterator[Nursery]:
    """Run a nursery; what it says is added to the log, and nothing of it remains."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, open(log, "a", encoding="utf-8") as output:
        nursery = Nursery(command, Path(folder), output)
        try:
            yield nursery
        finally:
            nursery.end()


@contextmanager
def forked(nursery: Nursery, argv: Sequence[str], folder: Path, log: Path) -> Iterator[Forked]:
    """Run a script in a fork of a nursery; what it says is added to the log, and nothing of it remains."""
    process = nursery.fork(argv, folder, log)
    try:
        yield process
    finally:
        nursery.end_forked()
        while process.exit_code is None:  # it may be about to fork; and it writes to the folder, which is to go
            time.sleep(0.02)
            nursery.end_forked()


@contextmanager
def running(command: Sequence[str], folder: Path, log: Path) -> Iterator[Process]:
    """Run a command in a folder; what it says is added to the log, and nothing of it remains."""
    with open(log, "a", encoding="utf-8") as output:
        process = Process(command, folder, output)
        try:
            yield process
        finally:
            process.end()


def _environment(folder: Path, mark: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PERSONAL)}
    name, _, value = mark.partition("=")
    return {**kept, name: value, "TMPDIR": str(folder)}


def _kill(pid: int, how: signal.Signals = signal.SIGKILL) -> None:
    try:
        os.kill(pid, how)
    except ProcessLookupError:
        pass
