"""Reports that are lost with their worker before the client has fetched them: the tasks run again."""

import os
import signal

import pytest

from recorder import missing

LOST = """
    import numpy as np

    def task(number, value):
        note("ran")
        return number

    def numbers():
        "Joblib asks for the last tasks when others have ended, in the thread that fetches reports."
        for number in range(40):
            if number == 20:
                until(lambda: noted("ran") >= 4)
                note("waits")
                until(lambda: noted("gone"))
            yield number

    client = Client(ADDRESS)
    until(client.ncores)
    value = {value}
    with parallel_backend("dask", client=client, wait_for_workers_timeout=120):
        tell(Parallel(batch_size=1, pre_dispatch=8)(delayed(task)(number, value) for number in numbers()))
"""


@pytest.mark.core
@pytest.mark.parametrize("value", ["None", "np.ones(200000)"])
def test_reports_that_are_lost_with_their_worker(new_cluster, bench, until, witness, value):
    cluster = new_cluster(1)
    (first,) = cluster.workers
    program = bench.starts(LOST.format(value=value), cluster)
    bench.until_noted("waits")
    os.kill(first.pid, signal.SIGKILL)
    until(lambda: first.exit_code is not None, cluster.log)
    until(lambda: "Remove worker" in cluster.log(), cluster.log)
    cluster.start_worker()
    bench.note("gone")
    answers = program.told()
    witness("reports-lost", bench.seconds("gone"), lost=missing(range(40), answers))
    assert answers == list(range(40))


#: Values for a call, of which one worker dies at the first; they are for that one or for the other.
DIED = """
    import numpy as np

    def dies(dask_worker):
        dask_worker.handlers["update_data"] = lambda *_, **__: os._exit(3)

    def task(value):
        return float(value.sum())

    values = [np.full(100000, number) for number in range(4)]
    with Client(ADDRESS) as client:
        until(lambda: len(client.ncores()) == 2)
        client.run(dies, workers=[next(iter(client.ncores()))])
        with parallel_backend("dask", client=client):
            tell(Parallel()(delayed(task)(value) for value in values))
"""


@pytest.mark.core
def test_a_worker_that_dies_of_a_value(new_cluster, bench, until):
    cluster = new_cluster(2)
    assert bench.does(DIED, cluster) == [0.0, 100_000.0, 200_000.0, 300_000.0]
    until(lambda: [worker.exit_code for worker in cluster.workers].count(3) == 1, cluster.log)
