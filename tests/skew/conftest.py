"""Clusters whose workers are not what the client is: real environments, made as the matrix makes its cells.

Part of `nox -s cluster`; alone, `nox -s skew`.
"""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

import environments
import processes
from cells import Cell

SECONDS = 120  # for a worker to start or a search to end on a busy machine; a hang must still end the test


@pytest.fixture(scope="session")
def interpreter(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Cell], Path]:
    """Return a function that makes a cell's environment, with this package in it, and gives its interpreter."""
    wheel = environments.build_wheel(tmp_path_factory.mktemp("wheel"))
    return lambda cell: environments.ensure(cell, wheel)


@pytest.fixture(scope="session")
def with_numpy(interpreter: Callable[[Cell], Path], tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Return a function that makes a cell's environment with another numpy, and the scipy that goes with it."""

    def make(cell: Cell, numpy: str) -> Path:
        folder = tmp_path_factory.mktemp(f"numpy{numpy}")
        kept = [each for each in environments.freeze(cell) if each.split("==")[0] not in ("numpy", "pandas", "scipy")]
        environments.uv("venv", "--quiet", "--python", str(environments.find_python(cell.python)), str(folder / "env"))
        python = folder / "env" / "bin" / "python"
        environments.uv("pip", "install", "--quiet", "--python", str(python), *kept, f"numpy=={numpy}", "scipy")
        return python

    return make


class Cluster:
    """A scheduler and a client of one cell, workers of others."""

    def __init__(self, client: Path, folder: Path, stack: ExitStack) -> None:
        self._client = client
        self._folder = folder
        self._stack = stack
        self._file = folder / "scheduler.json"
        self._log = folder / "log.txt"
        self._log.touch()

    def start(self, workers: Sequence[Path]) -> None:
        self._run(self._client, "dask_scheduler", "--port", "0")
        self._until(self._file.exists, "the scheduler did not start")
        for python in workers:
            self._run(python, "dask_worker", "--no-nanny", "--nthreads", "1")
        ready = f"""
            from distributed import Client
            import time
            client = Client(scheduler_file={str(self._file)!r})
            while len(client.ncores()) < {len(workers)}: time.sleep(0.1)
        """
        self.python(ready)

    @property
    def address(self) -> str:
        address: str = json.loads(self._file.read_text(encoding="utf-8"))["address"]
        return address

    def python(self, code: str, *options: str) -> subprocess.CompletedProcess[str]:
        """Run code beside the client."""
        lines = code.strip("\n").splitlines()
        indent = len(lines[0]) - len(lines[0].lstrip())
        return self._done("-c", "\n".join(line[indent:] for line in lines), *options)

    def sent(self) -> str:
        """The kinds of tasks that the scheduler was ever sent."""
        return self.python(
            f"""
            from distributed import Client
            client = Client({self.address!r})
            print(client.run_on_scheduler(lambda dask_scheduler: sorted(dask_scheduler.task_prefixes)))
            """
        ).stdout.strip()

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run this package's command line beside the client."""
        return self._done("-m", "joblib_dask_compat", *arguments)

    def _done(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self._client), *arguments]
        return subprocess.run(command, check=False, cwd=self._folder, capture_output=True, text=True, timeout=SECONDS)

    def _run(self, python: Path, name: str, *options: str) -> None:
        command = [str(python), "-W", "ignore", "-m", f"distributed.cli.{name}", *options]
        command += ["--host", "127.0.0.1", "--scheduler-file", str(self._file)]
        self._stack.enter_context(processes.running(command, self._folder, self._log))

    def _until(self, condition: Callable[[], bool], otherwise: str) -> None:
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, f"{otherwise}:\n{self._log.read_text(encoding='utf-8')}"
            time.sleep(0.05)


@pytest.fixture
def cluster(interpreter: Callable[[Cell], Path], tmp_path: Path) -> Iterator[Callable[..., Cluster]]:
    """Return a function that starts a cluster: the client's cell, and one worker for each further cell, or Python."""
    with ExitStack() as stack:

        def start(client: Cell, *workers: Cell | Path) -> Cluster:
            made = Cluster(interpreter(client), tmp_path, stack)
            made.start([cell if isinstance(cell, Path) else interpreter(cell) for cell in workers])
            return made

        yield start
