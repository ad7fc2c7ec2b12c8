"""Start a process in a cell, and end it together with everything that it started.

Ending a process group is not enough: nannies put their workers into sessions of their own, and
those of a nanny that is killed live on. So each process gets a mark in its environment, which its
descendants inherit, and ending it means killing whatever bears the mark until nothing does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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
        self, command: Sequence[str], folder: Path, output: IO[str], environ: Mapping[str, str] | None = None
    ) -> None:
        self._mark = f"{MARK}={uuid.uuid4().hex}"
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env={**_environment(folder, self._mark), **(environ or {})},
            stdin=subprocess.DEVNULL,
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
        deadline = time.monotonic() + ENDING
        while alive := list(self.alive()):
            if time.monotonic() > deadline:
                raise RuntimeError(f"these processes cannot be killed: {alive}")
            for pid in alive:
                _kill(pid)
            time.sleep(0.02)
        self._process.wait()

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


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
