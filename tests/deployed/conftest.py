"""Clusters of processes that command lines started, as people deploy them, and client programs beside them.

All of it runs in a *stack*: an interpreter with joblib, scikit-learn and distributed. By default that is the one which
runs the tests. `nox -s cluster` names others as well, by CLUSTER_PYTHON, and by CLUSTER_PATH the folder in which their
clients find this package. pytest does not run in those, so a client is always a program, in Python 3.6.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import origin
import processes
import stage
from recorder import BUSY, Recorder

LIMIT = 300  # seconds: on a busy machine a cluster starts slowly; a hang must still end the test
MATRIX = Path(processes.__file__).parent

PYTHON = Path(os.environ.get("CLUSTER_PYTHON", sys.executable))
PATH = [each for each in (os.environ.get("CLUSTER_PATH"), str(MATRIX)) if each]  # what a client finds

#: The commands of each age; the last that a stack has is the one to use.
SPELLINGS = [name for name in ("dask-scheduler", "dask scheduler") if PYTHON.with_name(name.split()[0]).exists()]

#: How every program begins. Functions of a program travel to the workers by value.
BEGIN = """
import contextlib, json, os, sys, threading, time
from distributed import Client
from joblib_dask_compat import Parallel, delayed, local_cluster, parallel_backend

ADDRESS, FOLDER = sys.argv[1:]

def tell(value):
    note("told")
    with open(os.path.join(FOLDER, "told.json"), "w") as stream:
        json.dump(value, stream)

def note(name):
    with open(os.path.join(FOLDER, name), "a") as stream:
        stream.write("%d %r\\n" % (os.getpid(), time.time()))

def noted(name):
    try:
        with open(os.path.join(FOLDER, name)) as stream:
            return stream.read().count("\\n")
    except FileNotFoundError:
        return 0

def until(condition, seconds=120):
    deadline = time.time() + seconds
    while not condition():
        assert time.time() < deadline, "what was waited for did not come"
        time.sleep(0.01)

def pid(*_):
    return os.getpid()

def meet(name, number):
    "Return once as many tasks as `number` are here at the same time."
    note(name)
    until(lambda: noted(name) >= number)
    return os.getpid()

def raised(function, *arguments, **options):
    "The names of an exception's classes, and its text."
    try:
        function(*arguments, **options)
    except BaseException as exc:
        return [cls.__name__ for cls in type(exc).__mro__], str(exc)
    return [], ""
"""


def until_true(condition: Callable[[], Any], otherwise: Callable[[], str], seconds: float = LIMIT) -> Any:
    """Wait for a condition and return what is true of it; fail with what `otherwise` says."""
    return stage.until(condition, seconds, otherwise)


class Place:
    """A folder in which processes run, write their log, and leave notes."""

    def __init__(self, folder: Path, ending: ExitStack) -> None:
        self.folder = folder
        self._ending = ending
        self._log = folder / "log.txt"
        self._log.touch()

    def log(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def start(
        self, command: Sequence[object], environ: Mapping[str, str], within: Sequence[object] = ()
    ) -> processes.Process:
        """Run a command, by way of another one that becomes it."""
        with open(self._log, "a", encoding="utf-8") as output:
            process = processes.Process(list(map(str, [*within, *command])), self.folder, output, environ)
        self._ending.callback(process.end)
        return process


class Cluster(Place):
    """A scheduler and workers of one stack, on loopback."""

    def __init__(self, folder: Path, ending: ExitStack, spelling: str) -> None:
        super().__init__(folder, ending)
        self._spelling = spelling
        self._file = folder / "scheduler.json"
        self.workers: list[processes.Process] = []

    def command(self, name: str) -> list[str]:
        """The console script, for an interpreter to run: its first line may be too long for the system."""
        script, *arguments = self._spelling.replace("scheduler", name).split()
        return ["-W", "ignore", str(PYTHON.with_name(script)), *arguments, *_quietly()]

    def start_scheduler(self, *options: object, within: Sequence[object] = (), **environ: str) -> processes.Process:
        own = ["--port", 0, "--scheduler-file", self._file]
        host = [] if "--host" in options else ["--host", "127.0.0.1"]
        self.scheduler = self.start([PYTHON, *self.command("scheduler"), *host, *own, *options], environ, within)
        until_true(lambda: self.address or self.scheduler.exit_code is not None, self.log)
        assert self.address, self.log()
        return self.scheduler

    @property
    def address(self) -> str:
        try:
            return str(json.loads(self._file.read_text(encoding="utf-8"))["address"])
        except (FileNotFoundError, ValueError):  # not there yet, or not yet whole
            return ""

    def address_at(self, host: str) -> str:
        """The scheduler's address as another host knows it."""
        return f"{self.address.partition(':')[0]}://{host}:{self.address.rpartition(':')[2]}"

    def start_worker(
        self,
        *options: object,
        python: Sequence[object] = (PYTHON,),
        address: str = "",
        nanny: bool = False,
        within: Sequence[object] = (),
        **environ: str,
    ) -> processes.Process:
        """Start a worker of one thread; without a nanny its process is the one that runs tasks."""
        own = [] if nanny else ["--no-nanny"]
        own += [] if "--nthreads" in options else ["--nthreads", "1"]
        own += ["--local-directory", str(self.folder), address or self.address]
        self.workers.append(self.start([*python, *self.command("worker"), *own, *options], environ, within))
        return self.workers[-1]

    @property
    def pids(self) -> set[int]:
        """The processes of all workers, past ones included."""
        return {worker.pid for worker in self.workers}


def _quietly() -> list[str]:
    """What keeps a dashboard from every interface, and from a port that is taken."""
    year, release = map(int, origin.version(_site_packages(), "distributed").split(".")[:2])
    return ["--no-bokeh"] if (year, release) < (1, 25) else ["--dashboard-address", "127.0.0.1:0"]


def _site_packages() -> Path:
    (found,) = PYTHON.parent.parent.glob("lib/python3*/site-packages")
    return found


class Program:
    """A client that runs, and what it told."""

    def __init__(self, place: Place, process: processes.Process) -> None:
        self._place = place
        self.process = process

    @property
    def failed(self) -> bool:
        """Whether it has ended, and not well."""
        return bool(self.process.exit_code)

    def ended(self) -> int:
        """Wait for its end and return its exit code; who hangs is asked where first."""
        deadline = time.monotonic() + LIMIT
        while self.process.exit_code is None:
            if time.monotonic() > deadline:
                self.process.abort()
                until_true(lambda: self.process.exit_code is not None, lambda: "it cannot be ended", 10)
                pytest.fail(f"a client hung:\n{self._place.log()}")
            time.sleep(0.02)
        return self.process.exit_code

    def told(self) -> Any:
        """Wait for its end and return what it told."""
        assert self.ended() == 0, self._place.log()
        return json.loads((self._place.folder / "told.json").read_text(encoding="utf-8"))


class Bench(Place):
    """Where a test's clients run. Tests and tasks wait for each other by lines in files: a note each, who and when."""

    path = os.pathsep.join(PATH)

    def __init__(self, folder: Path, ending: ExitStack) -> None:
        super().__init__(folder, ending)
        self._programs: list[Program] = []

    def starts(
        self, code: str, cluster: Cluster | None = None, within: Sequence[object] = (), **environ: str
    ) -> Program:
        """Start a program."""
        number = len(list(self.folder.glob("program*")))
        folder = self.folder / f"program{number}.py"
        folder.write_text(
            BEGIN + "\nif __name__ == '__main__':\n" + textwrap.indent(textwrap.dedent(code), "    "), encoding="utf-8"
        )
        address = cluster.address if cluster else "none"
        command = [PYTHON, "-W", "ignore", "-X", "faulthandler", folder, address, self.folder]
        self._programs.append(Program(self, self.start(command, {"PYTHONPATH": self.path, **environ}, within)))
        return self._programs[-1]

    def does(self, code: str, cluster: Cluster | None = None, **given: Any) -> Any:
        """Run a program and return what it told."""
        return self.starts(code, cluster, **given).told()

    def note(self, name: str) -> None:
        (self.folder / name).touch()
        with open(self.folder / name, "a", encoding="utf-8") as stream:
            stream.write(f"{os.getpid()} {time.time()!r}\n")

    def noted(self, name: str) -> list[int]:
        """The processes that left a note, in order."""
        return [int(pid) for pid, _ in self._notes(name)]

    def seconds(self, fault: str, answer: str = "told", which: int = -1) -> float:
        """Seconds from a note of a fault, the last one, to the last one of an answer."""
        (_, began), (_, ended) = self._notes(fault)[which], self._notes(answer)[-1]
        return float(ended) - float(began)

    def _notes(self, name: str) -> list[list[str]]:
        try:
            lines = (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        return [line.split() for line in lines[: lines.rfind("\n") + 1].splitlines()]

    def until_noted(self, name: str, number: int = 1) -> list[int]:
        """Wait until there are as many notes."""
        until_true(lambda: len(self.noted(name)) >= number or any(each.failed for each in self._programs), self.log)
        assert len(self.noted(name)) >= number, self.log()
        return self.noted(name)


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "write there what the tests of faults state (reliability/results/faults)"
    parser.addoption("--record", type=Path, metavar="FOLDER", help=text)


@pytest.fixture(scope="session")
def witness(request: pytest.FixtureRequest) -> Iterator[Recorder]:
    """The function with which a test of a fault states its figures, last of all."""
    folder = request.config.getoption("--record")
    recorder = Recorder() if folder else Recorder(patience=BUSY)
    yield recorder
    if folder:
        recorder.write(folder, _site_packages())


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two workers of one thread each, shared by the tests that leave them alive."""
    with ExitStack() as ending:
        yield _started(tmp_path_factory.mktemp("cluster"), ending, 2)


def _starting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Cluster]]:
    """Return a function that starts a cluster: workers, spelling, options and environment of the scheduler."""
    with ExitStack() as ending:
        yield lambda *given, **environ: _started(tmp_path_factory.mktemp("cluster"), ending, *given, **environ)


new_cluster = pytest.fixture(_starting, name="new_cluster")
module_clusters = pytest.fixture(_starting, scope="module", name="module_clusters")


@pytest.fixture
def until() -> Callable[..., Any]:
    """The function, for tests."""
    return until_true


def _started(
    folder: Path, ending: ExitStack, workers: int = 0, spelling: str | None = None, *options: object, **given: Any
) -> Cluster:
    cluster = Cluster(folder, ending, spelling or SPELLINGS[-1])
    cluster.start_scheduler(*options, **given)
    for _ in range(workers):
        cluster.start_worker()
    return cluster


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with ExitStack() as ending:
        yield Bench(tmp_path, ending)


@pytest.fixture(scope="module")
def module_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """For one program that several tests look at."""
    with ExitStack() as ending:
        yield Bench(tmp_path_factory.mktemp("bench"), ending)


@pytest.fixture(params=SPELLINGS)
def spelling(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def python_without(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """Return a function that gives options for a worker which has all of the stack but some packages.

    It runs the interpreter that the stack was made of, beside a folder of links to what the stack has installed.
    """

    def make(*missing: str) -> dict[str, Any]:
        folder = tmp_path_factory.mktemp("packages")
        for each in _site_packages().iterdir():
            if not each.name.startswith(missing):
                (folder / each.name).symlink_to(each)
        config = (PYTHON.parent.parent / "pyvenv.cfg").read_text(encoding="utf-8")
        home = Path(dict(line.split(" = ", 1) for line in config.splitlines())["home"])
        version = _site_packages().parent.name
        return {"python": [home / version, "-S"], "PYTHONPATH": str(folder)}

    return make


@pytest.fixture
def stopped() -> Iterator[Callable[[int], None]]:
    """Return a function that stops a process, which goes on at the test's end at the latest."""
    pids: list[int] = []

    def stop(pid: int) -> None:
        os.kill(pid, signal.SIGSTOP)
        pids.append(pid)

    yield stop
    for pid in pids:
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass
