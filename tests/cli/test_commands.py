"""The command line: what it prints, and its exit codes."""

import json
import subprocess
import sys

import pytest

from joblib_dask_compat import local_cluster, versions


def command(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "joblib_dask_compat", *arguments], capture_output=True, text=True, check=False
    )


def test_versions():
    told = json.loads(command("versions", "--format", "json").stdout)
    assert told == {"schema_version": 1, "versions": versions()._asdict()}


def test_doctor_without_a_cluster():
    done = command("doctor", "--format", "json")
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert told["copies"][0]["route"] == "own"
    assert told["skipped"]


@pytest.mark.cluster
def test_doctor_says_where_work_runs():
    with local_cluster(n_workers=2) as client:
        workers = set(client.scheduler_info()["workers"])
        done = command("doctor", "--scheduler", client.scheduler.address, "--format", "json")
    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert set(told["cluster"]["workers"]) <= workers
    assert told["cluster"]["tasks"] == 4
    assert not told["findings"]


def test_dead_scheduler_is_undecided():
    done = command("doctor", "--scheduler", "127.0.0.1:9")
    assert done.returncode == 3
    assert "What to do" in done.stderr


@pytest.mark.parametrize(
    "arguments", [(), ("no-such-command",), ("doctor", "--scheduler", "nowhere"), ("explain", "no-such-advisory")]
)
def test_wrong_usage(arguments):
    done = command(*arguments)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_explain():
    assert "scatter-deadlock" in command("explain").stdout
    assert "joblib/pull/914" in command("explain", "scatter-deadlock").stdout


@pytest.mark.cluster
def test_demo():
    done = command("demo", "--workers", "2")
    assert done.returncode == 0, done.stderr
    assert "equal to the sequential run" in done.stdout
    assert "of 80 tasks" in done.stdout
