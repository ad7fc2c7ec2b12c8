"""Each difference between client and workers is named with its remedy, and what can work does."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cells import Cell

HERE = Cell("3.11", "1.6.0", "1.9.1", "2026.8.0")
OTHER_PYTHON = dataclasses.replace(HERE, python="3.12")
OTHER_JOBLIB = dataclasses.replace(HERE, joblib="1.5.3")
OTHER_SKLEARN = dataclasses.replace(HERE, sklearn="1.8.0")
NEAR_SKLEARN = dataclasses.replace(HERE, sklearn="1.9.0")

#: Another stack, in which scikit-learn 1.2.1 changed what travels.
OLD = Cell("3.9", "1.2.0", "1.2.2", "2023.9.3")
OLD_BROKEN = dataclasses.replace(OLD, sklearn="1.2.0")

SEARCH = """
    import sys, warnings
    from distributed import Client
    from joblib_dask_compat import parallel_backend
    from sklearn.datasets import load_digits
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVC

    X, y = load_digits(return_X_y=True)
    X, y = X[:200], y[:200]
    search = GridSearchCV(SVC(), {"C": [1.0, 10.0]}, cv=3)
    client = Client(sys.argv[1])
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        for _ in range(2):
            with parallel_backend("dask", client=client) as run:
                there = search.fit(X, y).cv_results_["mean_test_score"]
    assert list(there) == list(search.fit(X, y).cv_results_["mean_test_score"])
    assert run.tasks >= 6
    skews = [str(each.message) for each in found if each.category.__name__ == "VersionSkewWarning"]
    print(sorted(each.partition(":")[0] for each in skews))
"""


def findings(report: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The findings by the package that they are about."""
    return {each["what"].partition(":")[0]: each for each in report["findings"]}


def doctor(cluster: Any, root: Path) -> dict[str, Any]:
    done = cluster.command("doctor", "--scheduler", cluster.address, "--format", "json")
    assert done.returncode == 1, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    jsonschema.validate(report, json.loads((root / "docs/schemas/doctor.json").read_text(encoding="utf-8")))
    return report


@pytest.fixture
def root() -> Path:
    return Path(__file__).resolve().parents[2]


def test_doctor_names_each_difference_and_its_remedy(cluster: Callable[..., Any], root: Path) -> None:
    started = cluster(HERE, OTHER_PYTHON, OTHER_JOBLIB, OTHER_SKLEARN)
    report = doctor(started, root)
    found = findings(report)
    assert {"python", "joblib", "scikit-learn"} <= set(found)

    python, joblib, sklearn = found["python"], found["joblib"], found["scikit-learn"]
    assert python["severity"] == "blocks"
    assert "3.11." in python["what"]
    assert "3.12." in python["what"]
    assert python["fix"].startswith(f"python3.11 -m distributed.cli.dask_worker {started.address}")
    assert "1.6.0 here, 1.5.3 on tcp://" in joblib["what"]
    assert joblib["fix"].startswith("python -m pip install joblib==1.6.0")
    assert "1.9.1 here, 1.8.0 on tcp://" in sklearn["what"]
    assert sklearn["fix"].startswith("python -m pip install scikit-learn==1.9.1")

    assert [each["what"] for each in report["skipped"]] == ["probe"]
    assert "python" in report["skipped"][0]["why"]
    assert sorted(place["joblib"] for place in report["cluster"]["versions"].values()) == ["1.5.3", *["1.6.0"] * 3]


def test_a_block_refuses_workers_of_another_python(cluster: Callable[..., Any]) -> None:
    started = cluster(HERE, HERE, OTHER_PYTHON)
    done = started.python(SEARCH, started.address)
    assert done.returncode != 0
    assert "VersionSkewError: Client, scheduler and workers run versions that do not work together." in done.stderr
    assert "python: 3.11." in done.stderr
    assert started.sent() == "[]"


LATE = """
    import subprocess, sys
    from distributed import Client
    from joblib_dask_compat import Parallel, delayed, parallel_backend
    from joblib_dask_compat.errors import VersionSkewError

    address, python, begin = sys.argv[1:]
    command = [python, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--nthreads", "1"]
    workers = [subprocess.Popen([sys.executable, *command[1:]]) for _ in range(int(begin))]
    client = Client(address)
    try:
        with parallel_backend("dask", client=client, wait_for_workers_timeout=100) as run:
            if workers:
                Parallel()(delayed(abs)(number) for number in range(4))
            before = run.submitted
            workers.append(subprocess.Popen(command))
            if len(workers) > 1:
                while len(client.ncores()) < 2:
                    pass
            Parallel()(delayed(abs)(number) for number in range(4))
    except VersionSkewError as exc:
        print(run.submitted - before, exc)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
"""


@pytest.mark.parametrize("workers", [0, 1])
def test_a_worker_of_another_python_that_comes_later_is_refused(
    cluster: Callable[..., Any], interpreter: Callable[[Cell], Path], workers: int
) -> None:
    started = cluster(HERE)
    done = started.python(LATE, started.address, str(interpreter(OTHER_PYTHON)), str(workers))
    assert done.stdout.startswith("0 Client, scheduler and workers run versions that do not work together."), done
    assert "python: 3.11." in done.stdout


@pytest.mark.parametrize("numpy", ["1.25.2", "1.26.4"])
def test_numpys_that_break_on_the_wire_are_refused(
    cluster: Callable[..., Any], with_numpy: Callable[..., Path], numpy: str
) -> None:
    started = cluster(HERE, with_numpy(HERE, numpy))
    done = started.python(SEARCH, started.address)
    assert done.returncode != 0
    assert f", {numpy} on tcp://" in done.stderr
    assert started.sent() == "[]"
    # that the pair does break: the same search, with the check switched off
    unchecked = SEARCH.replace("client=client)", "client=client, check_versions=False)")
    assert started.python(unchecked, started.address).returncode != 0


def test_a_scikit_learn_without_callbacks_is_refused(cluster: Callable[..., Any]) -> None:
    started = cluster(HERE, OTHER_SKLEARN)
    done = started.python(SEARCH, started.address)
    assert "scikit-learn: 1.9.1 here, 1.8.0 on tcp://" in done.stderr
    assert started.sent() == "[]"
    # that the pair does break: the same search, with the check switched off
    unchecked = SEARCH.replace("client=client)", "client=client, check_versions=False)")
    assert "No module named 'sklearn.callback'" in started.python(unchecked, started.address).stderr


def test_another_scikit_learn_that_may_work_does(cluster: Callable[..., Any]) -> None:
    started = cluster(HERE, NEAR_SKLEARN)
    done = started.python(SEARCH, started.address)
    assert done.returncode == 0, done.stderr
    assert "scikit-learn" in done.stdout


def test_a_block_warns_once_of_what_may_work_and_works(cluster: Callable[..., Any], root: Path) -> None:
    started = cluster(HERE, OTHER_JOBLIB)
    done = started.python(SEARCH, started.address)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['joblib']"
    report = doctor(started, root)
    assert set(findings(report)) == {"joblib"}
    assert report["cluster"]["probe"]["tasks"] == 2


def test_scikit_learns_that_break_on_the_wire(cluster: Callable[..., Any], root: Path) -> None:
    started = cluster(OLD, OLD_BROKEN)
    done = started.python(SEARCH, started.address)
    assert done.returncode != 0
    assert "VersionSkewError" in done.stderr
    assert "scikit-learn: 1.2.2 here, 1.2.0 on tcp://" in done.stderr
    assert findings(doctor(started, root))["scikit-learn"]["severity"] == "blocks"
    # that the pair does break: the same search, with the check switched off
    unchecked = SEARCH.replace("client=client)", "client=client, check_versions=False)")
    assert "No module named 'sklearn.utils.parallel'" in started.python(unchecked, started.address).stderr
