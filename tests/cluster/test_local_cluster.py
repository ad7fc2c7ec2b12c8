"""A cluster on this machine: reachable from here only, and gone afterwards, however the block ended."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import dask
import psutil
import pytest

from joblib_dask_compat import local_cluster
from joblib_dask_compat.cluster import HOUSEKEEPING

pytestmark = pytest.mark.cluster


def processes_of(parent):
    return [parent, *parent.children(recursive=True)]


def test_listens_on_loopback_only():
    mine = psutil.Process()
    with local_cluster(n_workers=1):
        listening = {
            each.laddr.ip
            for process in processes_of(mine)
            for each in process.net_connections("tcp")
            if each.status == psutil.CONN_LISTEN
        }
    assert listening == {"127.0.0.1"}


def test_script_without_a_guard_is_told_so_and_ends(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("from joblib_dask_compat import local_cluster\nwith local_cluster(n_workers=2):\n    pass\n")
    done = subprocess.run([sys.executable, script], check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.count("What to do: put what the script does under if __name__") == 2, done.stderr


def test_is_the_default_client_while_it_lasts():
    from distributed import get_client

    with local_cluster(n_workers=1, processes=False) as client:
        assert get_client() is client
    assert client.status == "closed"


def test_no_process_is_left_after_an_exception():
    pids = []
    with pytest.raises(ZeroDivisionError), local_cluster(n_workers=2) as client:
        pids.extend(client.run(os.getpid).values()) or 1 / 0
    assert len(pids) == 2
    assert not [pid for pid in pids if psutil.pid_exists(pid)]


INTERRUPTED = """
import signal
import time
from joblib import Parallel, delayed
from joblib_dask_compat import local_cluster, parallel_backend

if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # what runs in a shell's background ignores it
    with local_cluster(n_workers=2) as client, parallel_backend("dask"):
        def ready():
            print("ready", flush=True)
            while True:
                yield delayed(time.sleep)(0.1)
        Parallel()(ready())
"""


def test_no_process_is_left_after_ctrl_c(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(INTERRUPTED))
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        family = processes_of(psutil.Process(process.pid))
        process.send_signal(signal.SIGINT)
        try:
            assert b"KeyboardInterrupt" in process.communicate(timeout=60)[1]
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    deadline = time.monotonic() + 10
    while any(each.is_running() and each.status() != psutil.STATUS_ZOMBIE for each in family):
        assert time.monotonic() < deadline, "processes were left behind"
        time.sleep(0.05)


def configured():
    return {key: dask.config.get(key) for key in HOUSEKEEPING}


def test_workers_look_at_themselves_less_often_unless_the_user_chose_how_often():
    chosen = "distributed.admin.tick.interval"
    before = {**{key: default for key, (default, _) in HOUSEKEEPING.items()}, chosen: "50ms"}
    with dask.config.set(before):
        with local_cluster(n_workers=1) as client:
            (found,) = client.run(configured).values()
        assert configured() == before
    assert found == {**{key: ours for key, (_, ours) in HOUSEKEEPING.items()}, chosen: "50ms"}


def trimming():
    return os.environ.get("MALLOC_TRIM_THRESHOLD_")


@pytest.mark.parametrize(("configured", "found"), [(65536, None), (131072, "131072")])
def test_workers_keep_freed_memory_for_the_next_task_unless_the_user_chose(monkeypatch, configured, found):
    for name in ("MALLOC_TRIM_THRESHOLD_", "OMP_NUM_THREADS"):  # distributed sets them here as well
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    environment = {"MALLOC_TRIM_THRESHOLD_": configured, "OMP_NUM_THREADS": 1}
    with (
        dask.config.set({"distributed.nanny.pre-spawn-environ": environment}),
        local_cluster(n_workers=1) as client,
    ):
        assert list(client.run(trimming).values()) == [found]
        assert list(client.run(os.getenv, "OMP_NUM_THREADS").values()) == ["1"]
