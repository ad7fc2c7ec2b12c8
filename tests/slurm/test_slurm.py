"""The guide docs/clusters/slurm.md, on a Slurm of one machine: workers that sbatch started run the search of `demo`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from typing import Any

import pytest

LIMIT = 1800  # jobs start slowly on a busy machine; a hang must still end the test

PROGRAM = """
    import json, os, subprocess, sys
    from dask_jobqueue import SLURMCluster
    from distributed import Client
    from joblib_dask_compat import Parallel, delayed, parallel_backend

    def where(_):
        return os.environ["SLURM_JOB_ID"], os.getpid()

    if __name__ == "__main__":
        cluster = SLURMCluster(
            queue="compute", cores=1, processes=1, memory="1GB", walltime="01:00:00", interface="lo",
            log_directory="slurm-logs", scheduler_options={"dashboard_address": "127.0.0.1:0"},
        )
        with cluster, Client(cluster) as client:
            cluster.scale(jobs=2)
            with parallel_backend("dask", client=client, wait_for_workers_timeout=600) as run:
                first = Parallel()(delayed(where)(number) for number in range(4))
            client.wait_for_workers(2, timeout=600)
            jobs = client.run(lambda: (os.environ["SLURM_JOB_ID"], os.getpid()))
            listed = subprocess.check_output(["squeue", "--noheader", "--format=%A %T"], text=True).split("\\n")
            command, place = [sys.executable, "-m", "joblib_dask_compat"], ["--scheduler", cluster.scheduler_address]
            demo = subprocess.run([*command, "demo", *place], capture_output=True, text=True)
            doctor = subprocess.run(
                [*command, "doctor", *place, "--format", "json"], stdout=subprocess.PIPE, text=True
            )
        told = {"first": first, "jobs": jobs, "listed": listed, "demo": [demo.returncode, demo.stdout, demo.stderr]}
        print(json.dumps({**told, "doctor": json.loads(doctor.stdout)}))
"""


@pytest.fixture(scope="module")
def told(slurm: Any) -> dict[str, Any]:
    script = slurm.folder / "search.py"
    script.write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        check=False,
        cwd=slurm.folder,
        env=slurm.environ,
        stdout=subprocess.PIPE,
        text=True,
        timeout=LIMIT,
    )
    logs = "\n".join(path.read_text() for path in slurm.folder.glob("slurm-logs/*"))
    assert done.returncode == 0, logs
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_sbatch_started_the_workers(told: dict[str, Any]) -> None:
    running = {line.split()[0] for line in told["listed"] if line.endswith(" RUNNING")}
    assert {job for job, _ in told["jobs"].values()} == running
    assert len(running) == 2


def test_a_call_that_began_before_the_first_worker_ran_on_them(told: dict[str, Any]) -> None:
    workers = {tuple(each) for each in told["jobs"].values()}
    assert {tuple(each) for each in told["first"]} <= workers


def test_the_search_of_demo_runs_on_both(told: dict[str, Any]) -> None:
    code, out, err = told["demo"]
    assert code == 0, err
    assert "scores       equal to the sequential run" in out
    assert out.count("worker       tcp://127.0.0.1:") == 2


def test_doctor_sees_where_work_runs(told: dict[str, Any]) -> None:
    probe = told["doctor"]["cluster"]["probe"]
    assert {each["pid"] for each in probe["processes"]} <= {pid for _, pid in told["jobs"].values()}


def test_the_jobs_end_with_the_block(told: dict[str, Any], slurm: Any) -> None:
    slurm.until(lambda: not slurm.does("squeue", "--noheader").strip())
    slurm.until(lambda: not [pid for _, pid in told["jobs"].values() if os.path.exists(f"/proc/{pid}")])
