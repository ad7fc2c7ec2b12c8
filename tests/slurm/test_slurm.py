"""The program of docs/clusters/slurm.md, on a Slurm of one machine: workers that sbatch started run the search."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

LIMIT = 1800  # jobs start slowly on a busy machine; a hang must still end the test

GUIDE = Path(__file__).parents[2] / "docs" / "clusters" / "slurm.md"

#: What the guide leaves to its reader, and what is larger there than this machine.
DATA = """
    from sklearn.datasets import load_iris
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(SVC(), {"C": [0.1, 1, 10]}, cv=3)
"""
SMALLER = {
    "cores=8,": "cores=1,",
    "processes=8,": "processes=1,",
    'memory="16GB"': 'memory="1GB"',
    'interface="ib0"': 'interface="lo"',
    "scale(jobs=4)": "scale(jobs=2)",
}

#: Keeps the dashboard from every interface, as `interface` keeps the rest.
LOOPBACK = {"DASK_JOBQUEUE__SLURM__SCHEDULER_OPTIONS": "{'dashboard_address': '127.0.0.1:0'}"}

#: What is looked at while the guide's cluster runs.
LOOK = """
    import json, os, subprocess, sys
    client.wait_for_workers(2, timeout=600)
    jobs = client.run(lambda: (os.environ["SLURM_JOB_ID"], os.getpid()))
    listed = subprocess.check_output(["squeue", "--noheader", "--format=%A %T"], text=True).split("\\n")
    command, place = [sys.executable, "-m", "joblib_dask_compat"], ["--scheduler", cluster.scheduler_address]
    demo = subprocess.run([*command, "demo", *place], capture_output=True, text=True)
    doctor = subprocess.run([*command, "doctor", *place, "--format", "json"], stdout=subprocess.PIPE, text=True)
    told = {"ran": [run.tasks, sorted(run.workers)], "jobs": jobs, "listed": listed}
    told.update(demo=[demo.returncode, demo.stdout, demo.stderr], doctor=json.loads(doctor.stdout))
    print(json.dumps(told))
"""


def program() -> str:
    """Return the guide's program, word for word but for sizes, with a look at the cluster at the end of its block."""
    _, _, rest = GUIDE.read_text(encoding="utf-8").partition("```python\n")
    code, _, _ = rest.partition("```")
    for theirs, ours in SMALLER.items():
        assert code.count(theirs) == 1, theirs
        code = code.replace(theirs, ours)
    block, told, last = code.rpartition("print(run.tasks")
    assert told
    return textwrap.dedent(DATA) + block + textwrap.indent(textwrap.dedent(LOOK), "    ") + told + last


@pytest.fixture(scope="module")
def told(slurm: Any) -> dict[str, Any]:
    script = slurm.folder / "search.py"
    script.write_text(program(), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script)],
        check=False,
        cwd=slurm.folder,
        env={**slurm.environ, **LOOPBACK},
        stdout=subprocess.PIPE,
        text=True,
        timeout=LIMIT,
    )
    logs = "\n".join(path.read_text() for path in slurm.folder.glob("slurm-logs/*"))
    assert done.returncode == 0, logs
    *_, looked, printed = done.stdout.splitlines()
    answer: dict[str, Any] = json.loads(looked)
    return {**answer, "printed": printed}


def test_sbatch_started_the_workers(told: dict[str, Any]) -> None:
    running = {line.split()[0] for line in told["listed"] if line.endswith(" RUNNING")}
    assert {job for job, _ in told["jobs"].values()} == running
    assert len(running) == 2


def test_a_search_that_began_before_the_first_worker_ran_on_them(told: dict[str, Any]) -> None:
    tasks, workers = told["ran"]
    assert tasks == 9  # three candidates in three folds
    assert set(workers) <= set(told["jobs"])
    assert told["printed"].startswith("9 ")


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
