"""What a block does on a real cluster; process ids prove where tasks ran."""

import asyncio
import gc
import multiprocessing
import os
import subprocess
import sys
import time
import warnings
from contextlib import contextmanager

import distributed
import joblib
import numpy as np
import pytest
from joblib import Parallel, delayed

from joblib_dask_compat import check_cluster, parallel_backend, parallel_config, register_dask
from joblib_dask_compat.cluster import connect
from joblib_dask_compat.errors import (
    AsynchronousClientError,
    ConnectError,
    NothingRanOnClusterWarning,
    NoWorkersError,
    SchedulerLostError,
)

pytestmark = [pytest.mark.cluster, pytest.mark.usefixtures("client")]  # the default client


def pid(_=None):
    return os.getpid()


def pids_of(tasks=20, **options):
    return set(Parallel(**options)(delayed(pid)(number) for number in range(tasks)))


def clients_on_scheduler(client):
    return client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.clients))


@pytest.mark.parametrize("block", [parallel_backend, parallel_config])
@pytest.mark.parametrize("name", ["dask", "distributed", "dask.distributed"])
def test_tasks_run_on_the_workers(client, worker_pids, block, name):
    with block(name) as run:
        assert pids_of() <= worker_pids
    assert run.tasks == 20
    assert set(run.workers) <= set(client.scheduler_info()["workers"])
    assert run.route == "own"
    assert sum(run.tasks_per_worker.values()) == 20


def pair(address):
    host, _, port = address.partition("://")[2].rpartition(":")
    return host, int(port)


@pytest.mark.parametrize("form", [lambda a: a, lambda a: a.partition("://")[2], pair])
def test_scheduler_host_opens_a_client_and_closes_it(client, worker_pids, form, until):
    before = clients_on_scheduler(client)
    with parallel_backend("dask", scheduler_host=form(client.scheduler.address)):
        assert pids_of() <= worker_pids
        assert clients_on_scheduler(client) == before + 1
    until(lambda: clients_on_scheduler(client) == before)


def test_a_client_that_was_given_stays_open(client, worker_pids):
    with parallel_backend("dask", client=client):
        assert pids_of() <= worker_pids
    assert client.status == "running"


def test_registered_names_work_with_joblibs_own_spelling(client, worker_pids):
    register_dask()
    with joblib.parallel_config("distributed"):
        assert pids_of() <= worker_pids
    with joblib.parallel_backend("dask", client=client, scatter=[np.zeros(10)]):
        assert pids_of() <= worker_pids


@pytest.mark.parametrize("name", ["threading", "loky"])
def test_other_names_pass_through(worker_pids, name):
    with parallel_backend(name, n_jobs=2):
        assert not pids_of() & worker_pids


def test_a_block_in_which_nothing_ran_says_so():
    from sklearn.preprocessing import StandardScaler

    with pytest.warns(NothingRanOnClusterWarning, match="does not use joblib") as told, parallel_backend("dask"):
        StandardScaler().fit(np.zeros((10, 2)))
    assert told[0].filename == __file__


def test_a_block_that_raised_does_not_say_so():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ZeroDivisionError), parallel_backend("dask"):
            raise ZeroDivisionError


@pytest.mark.parametrize("block", [parallel_backend, joblib.parallel_backend])
def test_nothing_is_left_on_the_cluster(client, block, until):
    register_dask()
    X = np.zeros(100_000)
    gc.collect()
    gc.disable()  # joblib's own spelling tells no backend that its block has ended: it must not be kept by a cycle
    try:
        with block("dask", scatter=[X]):
            Parallel()(delayed(np.sum)(X) for _ in range(10))
        until(lambda: not client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)))
        assert not client.futures
    finally:
        gc.enable()


def fail_at(number, last):
    if number == last:
        raise LookupError("task", number)
    return number


def kept_by_name(dask_scheduler):
    return len(dask_scheduler.extensions["spans"].spans), len(dask_scheduler.task_prefixes)


def test_the_scheduler_gets_one_span_and_one_name_however_many_calls(client):
    def run():
        joblib.Parallel()(joblib.delayed(abs)(number) for number in range(100))

    with parallel_backend("dask", client=client):
        run()
        kept = client.run_on_scheduler(kept_by_name)
        for _ in range(10):
            run()
    assert client.run_on_scheduler(kept_by_name) == kept


def groups_of(span_id, dask_scheduler):
    return {group.name for group in dask_scheduler.extensions["spans"].spans[span_id].groups}


def test_a_span_of_the_callers_own_is_the_tasks_span(client):
    with distributed.span("mine") as span_id, parallel_backend("dask", client=client):
        joblib.Parallel()(joblib.delayed(abs)(number) for number in range(10))
    assert client.run_on_scheduler(groups_of, span_id) == {"batch_of_abs"}


def test_a_tasks_exception_keeps_type_args_and_traceback():
    with parallel_backend("dask"), pytest.raises(LookupError) as raised:
        Parallel()(delayed(fail_at)(number, 7) for number in range(20))
    assert raised.value.args == ("task", 7)
    assert "in fail_at" in str(raised.value.__cause__)


def test_the_iterator_over_the_tasks_may_raise():
    def tasks():
        for number in range(50):
            if number == 30:
                raise KeyError("the iterator")
            yield delayed(pid)(number)

    with parallel_backend("dask"), pytest.raises(KeyError, match="the iterator"):
        Parallel()(tasks())


def test_a_task_that_exits_is_an_exception(worker_pids):
    with parallel_backend("dask"):
        with pytest.raises(SystemExit):
            Parallel()(delayed(sys.exit)(3) for _ in range(4))
        assert pids_of() <= worker_pids


def test_a_result_that_cannot_be_pickled_raises():
    with parallel_backend("dask"), pytest.raises(TypeError, match="generator"):
        Parallel()(delayed(iter_of)(3) for _ in range(4))


def iter_of(number):
    return (each for each in range(number))


def test_timeout_of_parallel():
    with parallel_backend("dask"), pytest.raises(multiprocessing.TimeoutError):
        Parallel(timeout=0.2)(delayed(time.sleep)(2) for _ in range(4))


def test_fixed_batch_size_and_pre_dispatch(worker_pids):
    with parallel_backend("dask"):
        assert pids_of(batch_size=7, pre_dispatch="all") <= worker_pids
        with Parallel(pre_dispatch=3) as parallel:
            for _ in range(3):
                assert set(parallel(delayed(pid)() for _ in range(5))) <= worker_pids


def test_equal_versions_give_no_finding(client):
    assert check_cluster(client) == []


def test_unreachable_scheduler():
    import dask

    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        pytest.raises(ConnectError, match=r"127\.0\.0\.1:9"),
        parallel_backend("dask", scheduler_host="127.0.0.1:9"),
    ):
        pass


def test_asynchronous_client(client):
    from distributed import Client

    async def enter():
        async with Client(client.scheduler.address, asynchronous=True, set_as_default=False) as theirs:
            with pytest.raises(AsynchronousClientError, match="event loop"), parallel_backend("dask", client=theirs):
                pass

    asyncio.run(enter())


def test_a_closed_client_is_told(client):
    theirs = connect(client.scheduler.address)
    theirs.close()
    with pytest.raises(SchedulerLostError, match="closed"), parallel_backend("dask", client=theirs):
        pass


def test_a_client_closed_during_a_call_raises(client):
    theirs = connect(client.scheduler.address)

    def tasks():
        yield from (delayed(time.sleep)(0.1) for _ in range(10))
        theirs.close()
        yield from (delayed(time.sleep)(0.1) for _ in range(10))

    with pytest.raises(SchedulerLostError), parallel_backend("dask", client=theirs):
        Parallel()(tasks())


@contextmanager
def scheduler_without_workers(folder, until):
    """A scheduler process of its own."""
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    file = folder / "scheduler.json"
    process = subprocess.Popen(
        [*command, "--dashboard-address", "127.0.0.1:0", "--scheduler-file", str(file)],
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: file.exists() and file.read_text().endswith("}"), 30)
        from json import loads

        yield loads(file.read_text())["address"]
    finally:
        process.kill()
        process.wait()


def test_a_cluster_without_workers_is_told(tmp_path, until):
    with (
        scheduler_without_workers(tmp_path, until) as address,
        pytest.raises(NoWorkersError, match=r"0\.5 seconds"),
        parallel_backend("dask", scheduler_host=address, wait_for_workers_timeout=0.5),
    ):
        pids_of()
