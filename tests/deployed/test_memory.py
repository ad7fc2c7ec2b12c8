"""Workers that have too little: memory, so that their nannies kill them, or disk, to which they spill."""

import os
import subprocess

import pytest

from faults import COMPLETES
from recorder import missing

LIMIT = 400_000_000  # bytes a worker may take; bare it takes less than half of them

TAKES = f"""
    def task(number):
        note("ran")
        if number == 10 and noted("takes") < {{often}}:
            note("takes")
            held = [b"x" * 1000000 for _ in range({LIMIT * 3 // 2} // 1000000)]
            until(lambda: not held)  # the nanny ends this
        return number

    def call():
        with parallel_backend("dask", client=client, wait_for_workers_timeout=120):
            answers.extend(Parallel(batch_size=1)(delayed(task)(number) for number in range(40)))

    client, answers = Client(ADDRESS), []
    until(lambda: len(client.ncores()) == 2)
    failure = raised(call)
    note("answered")
    often = noted("takes")
    call() if {{again}} else None
    tell([answers, failure, often])
"""


#: After how many deaths of its workers a task is given up: one more than this, instead of four, in each age's spelling.
ONE = {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "1", "DASK_ALLOWED_FAILURES": "1"}


@pytest.fixture
def limited(new_cluster):
    """Two workers that are killed when they take more than they may."""
    cluster = new_cluster(**ONE)
    for _ in range(2):
        cluster.start_worker("--memory-limit", LIMIT, nanny=True)
    return cluster


@pytest.mark.core
def test_a_worker_that_exceeds_its_memory_limit_once(limited, bench, witness):
    answers, failure, _ = bench.does(TAKES.format(often=1, again=False), limited)
    assert failure == [[], ""]
    witness("memory-once", bench.seconds("takes", "answered"), lost=missing(range(40), answers))
    assert answers == list(range(40))


@pytest.mark.core
def test_a_task_that_exceeds_the_memory_limit_of_every_worker(limited, bench, witness):
    """The scheduler gives it up with the second one; the next call finds new workers."""
    answers, (names, text), often = bench.does(TAKES.format(often=2, again=True), limited)
    assert "KilledWorker" in names, text
    assert often == 2
    assert answers == list(range(40))
    witness("memory-always", bench.seconds("takes", "answered"), names, times=often)


LEAVES = f"""
    import builtins
    import psutil

    def task(number):
        if not hasattr(builtins, "left"):
            builtins.left = []
            while psutil.Process().memory_info().rss < {LIMIT * 87 // 100}:
                builtins.left.append(b"x" * 1000000)
            note("leaves")
            until(lambda: paused(distributed.get_worker()))
        return number

    def paused(worker):
        return getattr(worker, "paused", False) or getattr(worker.status, "name", None) == "paused"

    def call():
        with parallel_backend("dask", client=client, wait_for_workers_timeout=5):
            return Parallel(batch_size=1)(delayed(task)(number) for number in range(40))

    import distributed
    client = Client(ADDRESS)
    until(client.ncores)
    failure = raised(call)
    note("answered")
    client.restart()
    until(client.ncores)
    tell(failure)
"""


@pytest.mark.core
def test_workers_that_are_paused_and_run_nothing(new_cluster, bench, witness):
    """What a task leaves is too much for a worker to start another one, and too little for its nanny to kill it."""
    cluster = new_cluster()
    cluster.start_worker("--memory-limit", LIMIT, nanny=True)
    names, text = bench.does(LEAVES, cluster)
    assert "NoWorkersError" in names, text
    assert "paused" in text
    witness("memory-paused", bench.seconds("leaves", "answered"), names)


#: Runs a command that has a disk of its own, of one megabyte, in place of a folder; with the command it is gone.
SMALL_DISK = ["unshare", "-m" if os.geteuid() == 0 else "-rm", "sh", "-c"]
SMALL_DISK += ['mount -t tmpfs -o size=1m none "$0" && exec "$@"']

SPILLS = """
    import numpy as np

    def task(number, X, Y):
        until(lambda: noted("full"))
        return number, float(X.sum() + Y.sum()), os.getpid()

    X, Y = (np.full(5000000, value) for value in (1.0, 2.0))
    def call():
        with parallel_backend("dask", client=client, scatter=[X, Y]):
            answers.extend(Parallel()(delayed(task)(number, X, Y) for number in range(20)))

    client, answers = Client(ADDRESS), []
    until(client.ncores)
    tell([answers, raised(call)])
"""

#: The share of its memory from which on a worker spills, in each age's spelling.
SOON = {"DASK_DISTRIBUTED__WORKER__MEMORY__TARGET": "0.005", "DASK_WORKER_MEMORY_TARGET": "0.005"}


@pytest.mark.core
def test_a_worker_that_cannot_spill_as_the_disk_is_full(new_cluster, bench, until, witness):
    """New workers keep the value in memory; old ones refuse it, and then the call raises what they say."""
    disk = bench.folder / "disk"
    disk.mkdir()
    probe = subprocess.run([*SMALL_DISK, disk, "true"], check=False, capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"a process cannot have a disk of its own here: {probe.stderr.strip()}")
    cluster = new_cluster()
    own = ["--memory-limit", 4_000_000_000, "--local-directory", disk]
    cluster.start_worker(*own, within=[*SMALL_DISK, disk], **SOON)
    program = bench.starts(SPILLS, cluster)
    until(lambda: "No space left on device" in cluster.log() or program.process.exit_code is not None, bench.log)
    bench.note("full")
    answers, (names, text) = program.told()
    numbers = [number for number, _, _ in answers]
    lost = 0 if names else missing(range(20), numbers)
    witness("disk-full", max(0, bench.seconds("full")), names[:1] or [COMPLETES], lost=lost)
    assert "No space left on device" in cluster.log()
    if names:
        assert text == "[Errno 28] No space left on device"
    else:
        assert numbers == list(range(20))
        assert {total for _, total, _ in answers} == {15_000_000}
        assert {pid for _, _, pid in answers} == cluster.pids
