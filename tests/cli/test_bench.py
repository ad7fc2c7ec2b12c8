"""`bench`: that it measures where it should and says what follows; how fast anything is, is no test's business."""

import pytest

from joblib_dask_compat import local_cluster, versions
from joblib_dask_compat.cli.bench import Point, shortest_task


@pytest.mark.cluster
def test_on_a_running_cluster(told):
    with local_cluster(n_workers=2) as client:
        found, code = told("bench", "--scheduler", client.scheduler.address)
        assert found["address"] == client.scheduler.address
    assert code == 0
    assert (found["workers"], found["threads"], found["route"]) == (2, 2, "own")
    assert found["versions"] == versions()._asdict()
    assert [each["task_ms"] for each in found["lengths"]] == [1, 10, 100]
    assert found["advice"].startswith("tasks shorter than ")


@pytest.mark.cluster
def test_on_workers_of_its_own_with_a_picture(command_line, tmp_path):
    path = tmp_path / "cluster.svg"
    done = command_line("bench", "--workers", "1", "--prefer", "own", "--plot", path)
    assert done.returncode == 0, done.stderr
    assert "1 workers, 1 threads" in done.stdout
    assert "will not scale on this cluster" in done.stdout
    assert "measuring" in done.stderr
    assert "<svg" in path.read_text(encoding="utf-8")


def test_a_dead_scheduler_is_undecided(command_line, monkeypatch):
    monkeypatch.setenv("DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT", "2s")
    done = command_line("bench", "--scheduler", "127.0.0.1:9")
    assert (done.returncode, done.stdout) == (3, "")
    assert "No connection to a scheduler at tcp://127.0.0.1:9" in done.stderr
    assert "What to do" in done.stderr


def test_a_picture_needs_matplotlib_and_says_so_first(fresh_python):
    done = fresh_python(
        """
        import sys
        sys.modules["matplotlib"] = None  # as if it were not installed
        from joblib_dask_compat.cli import main
        print("exit code", main(["bench", "--scheduler", "127.0.0.1:9", "--plot", "cluster.png"]))
        """
    )
    assert "exit code 2" in done.stdout
    assert "The package 'matplotlib' is not installed" in done.stderr
    assert "pip install 'joblib-dask-compat[plot]'" in done.stderr
    assert all(part in done.stderr for part in ("Why: ", "What to do: ", "Read more: "))


def points(threads, cost):
    """Points of a cluster on which a task of some length costs `cost(length)` seconds."""
    lengths = (0, 0.001, 0.01, 0.1)
    return [Point(each, 100, 100 * (each / threads + cost(each))) for each in lengths]


@pytest.mark.parametrize(
    ("threads", "cost", "shortest"),
    [
        (4, lambda length: 0.002, 0.008),  # the same whatever the length
        (4, lambda length: 0.0001, 0.0004),  # shorter than all that were measured
        (400, lambda length: 0.002, 0.8),  # longer
        (4, lambda length: 0.001 + length / 20, 0.005),  # growing with the length, as that of batches does
    ],
)
def test_a_task_must_last_as_long_as_its_cost_keeps_all_threads(threads, cost, shortest):
    assert shortest_task(points(threads, cost), threads) == pytest.approx(shortest)


def test_a_share_below_half_at_any_length_moves_the_answer_beyond_it():
    threads = 10
    for cost in (lambda length: 0.0005, lambda length: 0.004, lambda length: 0.03):
        measured = points(threads, cost)
        shortest = shortest_task(measured, threads)
        for each in measured[1:]:
            assert (each.ideal(threads) / each.seconds < 0.5) == (each.length < shortest)
