"""Nothing that a behaviour does stops a sweep, outlives it, or goes unrecorded. Real processes, no cluster."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import catalog
import cells
import environments
import measure
import processes
import records
import sweep
import verdict
from stage import until

CELL, UNMAKEABLE = cells.edges()[:2]

PASSES = "def check(stage):\n    pass\n"
FAILS = "def check(stage):\n    raise KeyError('no ' + stage.column)\n"
CANNOT = "import stage\n\n\ndef check(given):\n    raise stage.NotApplicable('this joblib is too old')\n"

# Takes a lock, says so, and stays: in a session of its own, deaf to polite signals.
GRANDCHILD = """
import fcntl, signal, sys, threading
for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(each, signal.SIG_IGN)
lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_EX)
print("locked", flush=True)
threading.Event().wait()
"""
STARTS_ONE = f"""
import os
import subprocess
import sys
import threading

ISOLATED = True
LIMIT = 4

GRANDCHILD = {GRANDCHILD!r}


def check(stage):
    command = [sys.executable, "-c", GRANDCHILD, LOCK]
    child = subprocess.Popen(command, start_new_session=True, stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"locked\\n"
    os.rename(LOCK, LOCKED)
"""
HANGS = STARTS_ONE + "    threading.Event().wait()\n"
CRASHES = STARTS_ONE + "    print('the last words', flush=True)\n    os._exit(3)\n"

# In the place of matrix/stage.py: the real cell.py runs on it, without a cluster.
STAGE = """
import contextlib


class NotApplicable(Exception):
    pass


def fork_workers():
    Stage.forks = True


class Stage:
    forks = False

    def __init__(self, column, client):
        self.column = column


@contextlib.contextmanager
def cluster():
    yield None


def state(client):
    return None


def comes_back_to(before, client):
    return False
"""

Write = Callable[[str, str], Path]


@pytest.fixture
def lab(promises: Write, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder like matrix/ from which cells are run: the real cell.py, the test's own behaviours."""
    folder = tmp_path / "matrix"
    for name in ("cell.py", "nursery.py"):
        shutil.copy(root / "matrix" / name, folder)
    (folder / "stage.py").write_text(STAGE, encoding="utf-8")
    monkeypatch.setattr(measure, "HERE", folder)
    monkeypatch.setattr(measure, "LOGS", tmp_path / "logs")
    return folder


def locking(text: str, locked: Path) -> str:
    """The text of a behaviour whose grandchild holds a lock on `locked`, there once it is held."""
    return f"LOCK = {str(locked.with_suffix('.new'))!r}\nLOCKED = {str(locked)!r}\n{text}"


def is_free(path: Path) -> bool:
    with path.open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def assert_gone(locked: Path) -> None:
    """The process that held the lock ran, and has ended."""
    assert locked.exists(), "it never ran"
    until(lambda: is_free(locked), 5, "it lives on")


def measured(*names: str, sparing: bool = False) -> dict[str, measure.Outcome]:
    with measure.Bench(CELL, Path(sys.executable), threading.Event(), sparing) as bench:
        return bench.column("compat", catalog.select(",".join(names)))


@pytest.fixture(params=[False, True], ids=["started", "forked"])
def sparing(request: pytest.FixtureRequest) -> bool:
    """Whether processes start anew, or are forks of one that has imported all."""
    return bool(request.param)


@pytest.mark.usefixtures("lab")
def test_workers_are_forked_where_processes_are(promises: Write, sparing: bool) -> None:
    promises("forks", f"def check(stage):\n    assert stage.forks is {sparing}\n")
    assert measured("forks", sparing=sparing)["forks"]["status"] == "pass"


@pytest.mark.usefixtures("lab")
def test_behaviour_that_hangs_is_killed_with_its_grandchild_and_recorded(
    promises: Write, sparing: bool, tmp_path: Path
) -> None:
    locked = tmp_path / "locked"
    promises("hangs", locking(HANGS, locked))
    promises("passes", PASSES)
    outcomes = measured("hangs", "passes", sparing=sparing)
    assert_gone(locked)
    assert outcomes["hangs"].pop("seconds") >= 4
    assert outcomes["hangs"] == {"status": "hang", "reason": "no end within 4 s"}
    assert "hangs.py" in (measure.LOGS / CELL.id / "compat.log").read_text(encoding="utf-8"), "where it hung"
    assert outcomes["passes"]["status"] == "pass"

    resolved = {"python": CELL.python, **CELL.packages}
    environment = {"resolved": resolved, "interpreter": "", "freeze": []}
    told = {**environment, "cell": CELL.id, "routes": {}, "columns": {"compat": outcomes}}
    records.save(tmp_path / "results", CELL, told)
    found = verdict.judge(records.load(tmp_path / "results"), {CELL: ["hangs", "passes"]}, [])
    assert found.marks[CELL] == {"hangs": "hang", "passes": "pass", "routes": "pass"}


@pytest.mark.usefixtures("lab")
def test_grandchild_of_a_process_that_died_is_killed(promises: Write, sparing: bool, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    promises("crashes", locking(CRASHES, locked))
    outcome = measured("crashes", sparing=sparing)["crashes"]
    assert (outcome["status"], outcome["reason"]) == ("crash", "exit code 3: the last words")
    assert_gone(locked)


@pytest.mark.usefixtures("lab")
def test_stopped_sweep_leaves_no_process(promises: Write, sparing: bool, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    promises("hangs", locking(HANGS.replace("LIMIT = 4", "LIMIT = 600"), locked))
    stop = threading.Event()

    def stop_when_locked() -> None:
        try:
            until(locked.exists, 20, "the behaviour never began")
        finally:
            stop.set()

    stopping = threading.Thread(target=stop_when_locked)
    stopping.start()
    with (
        pytest.raises(measure.StoppedError),
        measure.Bench(CELL, Path(sys.executable), stop, sparing) as bench,
    ):
        bench.column("compat", catalog.select("hangs"))
    stopping.join()
    assert_gone(locked)


@pytest.mark.usefixtures("lab")
def test_each_outcome_is_told_and_the_rest_gets_its_turn(promises: Write, sparing: bool) -> None:
    promises("a_passes", PASSES)
    promises("b_fails", FAILS)
    promises("c_cannot", CANNOT)
    promises("d_passes", PASSES)
    outcomes = measured("all", sparing=sparing)
    for outcome in outcomes.values():
        assert outcome.pop("seconds") >= 0
    assert outcomes == {
        "a_passes": {"status": "pass"},
        "b_fails": {"status": "fail", "exception": "KeyError", "reason": "'no compat'"},
        "c_cannot": {"status": "n/a", "reason": "this joblib is too old"},
        "d_passes": {"status": "pass"},
    }


def test_cell_whose_cluster_does_not_start_is_red(lab: Path, promises: Write, sparing: bool) -> None:
    stage = lab / "stage.py"
    stage.write_text(stage.read_text(encoding="utf-8").replace("yield None", "raise OSError('no ports')"))
    promises("one", PASSES)
    promises("two", PASSES)
    for outcome in measured("one", "two", sparing=sparing).values():
        assert outcome["status"] == "crash"
        assert "no cluster: exit code 1: OSError: no ports" in outcome["reason"]


def test_settings_of_whoever_sweeps_stay_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONPATH", "DASK_CONFIG", "JOBLIB_TEMP_FOLDER", "LOKY_MAX_CPU_COUNT", "SKLEARN_SEED"):
        monkeypatch.setenv(name, str(tmp_path))
    log = tmp_path / "log"
    command = [sys.executable, "-c", "import json, os; print(json.dumps(dict(os.environ)))"]
    with processes.running(command, tmp_path, log) as process:
        until(lambda: process.exit_code is not None, 20, "it does not end")
    given = json.loads(log.read_text(encoding="utf-8"))
    assert not [name for name in given if name.startswith(processes.PERSONAL)]
    assert given["TMPDIR"] == str(tmp_path)


@pytest.mark.parametrize(
    ("statuses", "status"),
    [
        (["pass"] * 3, "pass"),
        (["fail"] * 3, "fail"),
        (["pass", "fail", "pass"], "flaky"),
        (["fail", "hang"], "flaky"),
        (["pass", "n/a"], "flaky"),
    ],
)
def test_only_what_is_the_same_in_every_run_is_not_flaky(statuses: list[str], status: str) -> None:
    runs = [{"status": each, "seconds": number} for number, each in enumerate(statuses)]
    combined = measure.combined(runs)
    assert (combined["status"], combined["runs"]) == (status, len(runs))
    assert ("counts" in combined) == (status == "flaky")
    assert combined["seconds"] == len(runs) - 1


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("no file /tmp/ab12/events.jsonl", "no file /var/lib/x/events.jsonl"),
        ("no answer from tcp://127.0.0.1:4321", "no answer from tcp://127.0.0.1:65000"),
        ("<Bunch at 0x7f00aa>", "<Bunch at 0x7f11bb>"),
        ("key inc-1f2e3d4c-0000-1111-2222-333344445555", "key inc-aaaabbbb-0000-1111-2222-333344445555"),
        ("no workers: {12, 345}", "no workers: {6}"),
        ("process 12 died", "process 99999 died"),
    ],
)
def test_same_failure_reads_the_same(one: str, another: str) -> None:
    assert measure.steady(one) == measure.steady(another) != one


def test_messages_keep_what_tells_them_apart() -> None:
    told = "ModuleNotFoundError: No module named 'joblib._dask'; see https://github.com/joblib/joblib/issues/1"
    assert measure.steady(told) == told


def test_half_written_line_waits_for_its_end(tmp_path: Path) -> None:
    events = measure.Events(tmp_path / "events.jsonl")
    assert list(events.new()) == []
    with events.path.open("ab", buffering=0) as stream:
        stream.write(b'{"event": "starting"}\n{"eve')
        assert list(events.new()) == [{"event": "starting"}]
        stream.write(b'nt": "done"}\n')
        assert list(events.new()) == [{"event": "done"}]


@pytest.fixture
def signals_restored() -> Iterator[None]:
    """A sweep handles signals in its own way; afterwards they are pytest's again."""
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
    yield
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.fixture
def swept(
    lab: Path, promises: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signals_restored: None
) -> Callable[..., int]:
    """Sweep two cells, of which one cannot be made; this interpreter is the environment of the other."""
    promises("fails", FAILS)
    promises("passes", PASSES)
    wheel = tmp_path / "ours.whl"
    wheel.write_bytes(b"a wheel")
    resolved = {"python": CELL.python, **CELL.packages, "dask": "0.17.4"}
    probed = {"interpreter": "CPython", "resolved": resolved, "routes": {}}
    (lab / "probe.py").write_text(f"import sys\n\nopen(sys.argv[1], 'w').write({json.dumps(probed)!r})\n")

    def ensure(cell: cells.Cell, wheel: Path) -> Path:
        if cell == UNMAKEABLE:
            raise environments.CellError(f"{cell}: no wheel in {tmp_path}/index")
        return Path(sys.executable)

    monkeypatch.setattr(environments, "ensure", ensure)
    monkeypatch.setattr(environments, "freeze", lambda cell: ["dask==0.17.4"])
    monkeypatch.setattr(environments, "installed_wheel", lambda cell: hashlib.sha256(wheel.read_bytes()).hexdigest())

    def run(*options: str, chosen: tuple[cells.Cell, ...] = (UNMAKEABLE, CELL)) -> int:
        where = ["--wheel", str(wheel), "--results", str(tmp_path / "results"), "--columns", "compat,seed"]
        return sweep.main([*where, "--cells", *(cell.id for cell in chosen), *options])

    return run


def test_red_is_data_and_the_sweep_goes_on(swept: Callable[..., int], tmp_path: Path) -> None:
    assert swept() == 1  # one cell has no record of what it does
    found = records.load(tmp_path / "results")
    assert found[UNMAKEABLE.id]["error"] == f"{UNMAKEABLE}: no wheel in .../index"
    assert "error" not in found[CELL.id]
    for column in ("compat", "seed"):
        statuses = {name: each["status"] for name, each in found[CELL.id]["columns"][column].items()}
        assert statuses == {"fails": "fail", "passes": "pass"}


def test_resumed_sweep_measures_nothing_twice(swept: Callable[..., int], tmp_path: Path) -> None:
    assert swept(chosen=(CELL,)) == 0
    path = tmp_path / "results" / "py3.6.jsonl"
    before = path.read_bytes(), os.stat(path).st_ino
    (tmp_path / "matrix" / "cell.py").write_text("raise SystemExit('measured again')\n")
    assert swept("--resume", chosen=(CELL,)) == 0
    assert (path.read_bytes(), os.stat(path).st_ino) == before
    assert swept(chosen=(CELL,)) == 0
    assert path.read_bytes() != before[0]


def test_environment_that_is_not_what_was_asked_for_is_no_record(
    swept: Callable[..., int], lab: Path, tmp_path: Path
) -> None:
    probe = lab / "probe.py"
    probe.write_text(probe.read_text().replace(CELL.joblib, "9.9"))
    assert swept(chosen=(CELL,)) == 1
    found = records.load(tmp_path / "results")[CELL.id]
    assert "asked for" in found["error"]
    assert found["columns"] == {}
