"""A call on its own, on a real cluster: what joblib's side may do wrong must not hang the caller."""

import collections
import logging
import os
import signal
import threading
import time

import dask
import distributed
import joblib
import pytest

from joblib_dask_compat import local_cluster, parallel_backend
from joblib_dask_compat.batching import BatchSize
from joblib_dask_compat.block import Block
from joblib_dask_compat.call import Call
from joblib_dask_compat.connection import Connection
from joblib_dask_compat.errors import TaskTimeoutError
from joblib_dask_compat.jobs import Job

pytestmark = pytest.mark.cluster


def fail(number):
    raise LookupError(number)


@pytest.fixture
def call(client):
    """Return what starts a call whose failures are told to a given function."""
    started = []

    def start(tell):
        block = Block(Connection(client), ["joblib"])
        block.refresh()
        started.append(Call(block, most=None, fixed=1, ahead=False, feed=lambda: False, tell=tell, size=BatchSize({})))
        return started[-1]

    yield start
    for each in started:
        each.end()
        each._thread.join(10)
        assert not each._thread.is_alive()


def test_a_failure_that_joblib_cannot_be_told_of_still_ends_every_job(call, caplog):
    def tell(failure, job):
        raise RuntimeError("joblib's callback")

    with caplog.at_level(logging.ERROR, "joblib_dask_compat"):
        started = call(tell)
        jobs = [started.add([(fail, (number,), {})], None) for number in range(3)]
        for job in jobs:
            with pytest.raises(LookupError):
                job.get(timeout=30)
        started.end()
        started._thread.join(10)
    assert "could not be told" in caplog.text
    assert "joblib's callback" in caplog.text


def test_a_callback_that_raises_fails_the_call_with_its_error(call):
    told = []

    def callback(job):
        raise KeyError("the iterator")

    started = call(lambda failure, job: told.append(failure))
    first = started.add([(int, (), {})], callback)
    assert first.get(timeout=30) == [0]
    second = started.add([(int, (), {})], None)
    with pytest.raises(KeyError, match="the iterator"):
        second.get(timeout=30)
    assert isinstance(told[0], KeyError)


def test_a_job_does_not_end_before_its_callback_did(call):
    """Or else joblib 0.11 takes the call for complete, and returns without the tasks that the callback dispatches."""
    called, go_on = threading.Event(), threading.Event()

    def callback(job):
        called.set()
        assert job.outcome() == [0]  # which joblib from 1.3 on looks at here
        assert go_on.wait(30)

    started = call(lambda failure, job: None)
    job = started.add([(int, (), {})], callback)
    assert called.wait(30)
    with pytest.raises(TaskTimeoutError):
        job.get(timeout=0.1)
    go_on.set()
    assert job.get(timeout=30) == [0]


def own_batch(number):
    return number, distributed.get_worker().get_current_task()


def test_joblib_is_asked_for_full_batches(client):
    tasks = [joblib.delayed(own_batch)(number) for number in range(400)]
    with parallel_backend("dask", client=client):
        joblib.Parallel()(tasks)  # it is known now how short they are
        numbers, keys = zip(*joblib.Parallel()(tasks), strict=True)
    assert numbers == tuple(range(400))
    batches = collections.Counter(keys)
    assert max(batches.values()) > 20  # joblib's own last ones are single tasks


def pass_gate(number):
    distributed.Event("gate").wait(60)
    return number


@pytest.mark.parametrize(("pre_dispatch", "consumed_ahead"), [("2*n_jobs", 400), (3, 3)])
def test_no_more_is_consumed_than_pre_dispatch_allows(client, until, pre_dispatch, consumed_ahead):
    consumed = []

    def tasks():
        for number in range(400):
            consumed.append(number)
            yield joblib.delayed(pass_gate)(number)

    gate = distributed.Event("gate", client=client)
    gate.set()
    with parallel_backend("dask", client=client):
        joblib.Parallel()(tasks())
        gate.clear()
        consumed.clear()
        results = joblib.Parallel(pre_dispatch=pre_dispatch, return_as="generator")(tasks())
        until(lambda: any(client.processing().values()) and len(consumed) >= consumed_ahead)
        assert len(consumed) == consumed_ahead
        gate.set()
        assert list(results) == list(range(400))


def note_start(number, folder):
    (folder / str(number)).touch()
    time.sleep(0.05)
    if number == 42:
        raise LookupError(number)


def running_tasks(dask_worker):
    return len(dask_worker.active_threads)


def test_a_batch_that_nobody_waits_for_any_more_ends_with_its_running_task(client, until, tmp_path):
    with parallel_backend("dask", client=client), pytest.raises(LookupError):
        joblib.Parallel(batch_size=40, pre_dispatch="all")(
            joblib.delayed(note_start)(number, tmp_path) for number in range(80)
        )
    until(lambda: not any(client.run(running_tasks).values()))
    assert {"0", "42"} <= {path.name for path in tmp_path.iterdir()}
    assert len(list(tmp_path.iterdir())) < 30  # of one batch three, of the other as many as passed meanwhile


def test_worker_without_the_sources_that_it_was_thought_to_have_is_taught(client):
    connection = Connection(client)
    with parallel_backend("dask", client=client):  # all have them, or will
        joblib.Parallel()(joblib.delayed(int)() for _ in range(10))
    assert connection.taught <= set(connection.workers())
    client.restart()
    connection.taught.update(connection.workers())
    with parallel_backend("dask", client=client) as run:
        assert joblib.Parallel()(joblib.delayed(pow)(number, 2) for number in range(50)) == [n**2 for n in range(50)]
    assert run.tasks == 50
    assert connection.taught


def die_once(number, folder):
    """Return the key of the batch; the first one that comes to 3 kills its worker."""
    if number == 3 and not (folder / "died").exists():
        (folder / "died").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return distributed.get_worker().get_current_task()


def test_a_batch_that_distributed_gives_up_on_is_sent_again_task_by_task(tmp_path):
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        local_cluster(n_workers=1) as client,
        parallel_backend("dask", client=client),
    ):
        tasks = [joblib.delayed(die_once)(number, tmp_path) for number in range(8)]
        keys = joblib.Parallel(batch_size=8, pre_dispatch="all")(tasks)
    assert (tmp_path / "died").exists()
    assert len(set(keys)) == 8
    assert all(key.startswith("batch_of_die_once-") for key in keys)


def test_tasks_that_are_to_travel_alone_join_no_others(call):
    here = call(lambda failure, job: None)
    here._fixed = 4
    job = Job([(abs, (number,), {}) for number in range(8)], None)
    here._waiting.extend((job, position) for position in range(8))
    here._losses.apart([(job, position) for position in (2, 3)])
    taken = []
    while here._waiting:
        taken.append([position for _, position in here._next_batch()])
    assert taken == [[0, 1], [2], [3], [4, 5, 6, 7]]
