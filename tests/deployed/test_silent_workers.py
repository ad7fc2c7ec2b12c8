"""A worker whose process is stopped keeps no block from being entered, and no call waiting for ever."""

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
