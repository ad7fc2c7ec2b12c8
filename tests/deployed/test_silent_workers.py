"""A worker or scheduler whose process is stopped keeps no block from being entered, and no call waiting for ever."""

import pytest

#: Tasks that are on both workers when one of them is stopped.
STOPPED = """
    import warnings
    from joblib_dask_compat import silence, watch

    silence.TELLING, silence.FAILING, watch.STALL = 2, 6, 0.5  # seconds

    def task(number):
        note("ran")
        until(lambda: noted("stopped"))
        return number

    client = Client(ADDRESS)
    until(lambda: len(client.ncores()) == 2)

    def call():
        with parallel_backend("dask", client=client):
            return Parallel(batch_size=1)(delayed(task)(number) for number in range(4))

    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        names, text = raised(call)
    tell([names, text, [str(each.message) for each in found if each.category.__name__ == "WorkerSilentWarning"]])
"""


@pytest.mark.core
def test_a_call_fails_where_the_scheduler_waits_for_a_stopped_worker(new_cluster, bench, stopped, witness):
    cluster = new_cluster(2, DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="None")  # the default before 2022.4.2
    program = bench.starts(STOPPED, cluster)
    victim, _ = bench.until_noted("ran", 2)[:2]
    stopped(victim)
    bench.note("stopped")
    names, text, told = program.told()
    assert {"SilentWorkerError", "TimeoutError"} <= set(names), text
    assert "has sent no heartbeat for" in text
    assert "without a worker-ttl, waits for ever; this call fails after 6 seconds" in text
    assert len(told) == 1, "it was told once, before"
    witness("worker-stopped-no-ttl", bench.seconds("stopped"), names)


@pytest.mark.core
def test_a_worker_that_is_stopped_when_a_block_begins_is_named(new_cluster, bench, stopped):
    cluster = new_cluster(2)
    bench.does("client = Client(ADDRESS); until(lambda: len(client.ncores()) == 2); tell(None)", cluster)
    victim = cluster.workers[0]
    stopped(victim.pid)
    found, here = bench.does(
        """
        import warnings

        with Client(ADDRESS) as client, warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            with parallel_backend("dask", client=client):
                here = sorted(client.ncores())
        tell([[str(each.message) for each in found if each.category.__name__ == "VersionSkewWarning"], here])
        """,
        cluster,
    )
    silent = [each for each in found if each.startswith("workers: asked from here, no answer on ")]
    assert len(silent) == 1, found
    assert sum(address in silent[0] for address in here) == 1, "one of two is silent"


@pytest.mark.core
def test_a_long_task_is_no_silence(new_cluster, bench, stopped):
    cluster = new_cluster(1, DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="None")
    answers = bench.does(
        """
        from joblib_dask_compat import silence, watch

        silence.TELLING, silence.FAILING, watch.STALL = 2, 4, 0.5

        def task(seconds):
            deadline = time.time() + seconds
            while time.time() < deadline:
                time.sleep(0.01)
            return seconds

        with parallel_backend("dask", scheduler_host=ADDRESS):
            tell(Parallel()(delayed(task)(seconds) for seconds in (8, 0)))
        """,
        cluster,
    )
    assert answers == [8, 0]


#: Large values for tasks that go to one of two workers, while the other is stopped: values may go to either.
PLACED = """
    import warnings
    import numpy as np
    from joblib_dask_compat import connection, scattering

    connection.ANSWERING = scattering.ASKING = 2  # seconds
    scattering.reaches_a_worker = lambda addresses: DIRECT

    def task(value):
        return float(value.sum())

    values = [np.full(100000, number) for number in range(4)]
    with Client(ADDRESS) as client, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        until(lambda: len(client.ncores()) == 2)
        (other,) = [address for address, ident in client.run(os.getpid).items() if ident != VICTIM]
        with parallel_backend("dask", client=client, workers=[other]):
            note("ready")
            until(lambda: noted("stopped"))
            tell(Parallel()(delayed(task)(value) for value in values))
"""


@pytest.mark.core
@pytest.mark.parametrize("direct", [True, False], ids=["straight to workers", "through the scheduler"])
def test_values_are_placed_beside_a_stopped_worker(new_cluster, bench, stopped, direct, witness):
    cluster = new_cluster(2)
    victim = cluster.workers[0].pid
    program = bench.starts(PLACED.replace("DIRECT", str(direct)).replace("VICTIM", str(victim)), cluster)
    bench.until_noted("ready")
    stopped(victim)
    bench.note("stopped")
    assert program.told() == [0.0, 100_000.0, 200_000.0, 300_000.0]
    assert bench.log().count("values go to other workers") == 1, "who says nothing is asked once, not for each value"
    witness("worker-stopped-before", bench.seconds("stopped"))


#: A worker that stops as soon as somebody wants the report that it holds.
HELD = """
    from joblib_dask_compat import silence, watch

    silence.TELLING, silence.FAILING, watch.STALL = 2, 6, 0.5  # seconds

    def stops(dask_worker):
        import os, signal
        dask_worker.handlers["get_data"] = lambda *_, **__: os.kill(os.getpid(), signal.SIGSTOP)
        return os.getpid()

    client = Client(ADDRESS)
    until(lambda: client.ncores())
    client.run(stops)

    def call():
        with parallel_backend("dask", client=client):
            note("called")
            return Parallel()([delayed(pid)()])  # no other task by which its silence could be noticed

    tell([*raised(call)])
"""


@pytest.mark.core
def test_a_call_fails_where_a_stopped_worker_holds_reports(new_cluster, bench, witness):
    cluster = new_cluster(1, DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="None")
    names, text = bench.does(HELD, cluster)
    assert "SilentWorkerError" in names, text
    witness("worker-stopped-holding", bench.seconds("called"), names)


def test_a_call_completes_where_the_scheduler_removes_the_worker_that_holds_reports(new_cluster, bench):
    cluster = new_cluster(1, DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL="3 s")
    program = bench.starts(HELD, cluster)
    bench.until_noted("called")
    cluster.start_worker()
    assert program.told() == [[], ""]


#: A call in whose middle the scheduler is stopped.
GIVEN_UP = """
    from joblib_dask_compat import connection

    connection.GIVING_UP = 4  # seconds

    def task(number):
        note("ran")
        until(lambda: noted("stopped"))
        return number

    def call():
        with parallel_backend("dask", scheduler_host=ADDRESS):
            return Parallel(batch_size=1)(delayed(task)(number) for number in range(4))

    names, text = raised(call)
    tell([names, text])
    os._exit(0)  # a client that is closed properly waits for its scheduler
"""


@pytest.mark.core
def test_a_call_fails_where_the_scheduler_is_stopped(new_cluster, bench, stopped, witness):
    cluster = new_cluster(1)
    program = bench.starts(GIVEN_UP, cluster)
    bench.until_noted("ran")
    stopped(cluster.scheduler.pid)
    bench.note("stopped")
    names, text = program.told()
    assert "SchedulerLostError" in names, text
    assert "has answered nothing for 4 seconds" in text
    witness("scheduler-stopped", bench.seconds("stopped"), names)
