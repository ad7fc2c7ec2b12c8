"""A call on its own, on a real cluster: what joblib's side may do wrong must not hang the caller."""

import logging

import joblib
import pytest

from joblib_dask_compat import parallel_backend
from joblib_dask_compat.batching import BatchSize
from joblib_dask_compat.block import Block
from joblib_dask_compat.call import Call
from joblib_dask_compat.connection import Connection

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
        started.append(Call(block, most=None, fixed=1, feed=lambda batches: None, tell=tell, size=BatchSize()))
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
