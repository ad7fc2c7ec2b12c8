"""5,000 no-op tasks come back right and in order, and travel in batches."""

import os

CORE = True
LIMIT = 30


def number_and_key(number):
    from distributed.worker import thread_state

    return number, os.getpid(), thread_state.key


def check(stage):
    with stage.block():
        results = stage.Parallel()(stage.delayed(number_and_key)(number) for number in range(5000))
    numbers, pids, keys = zip(*results)
    assert numbers == tuple(range(5000))
    stage.ran_on_workers(set(pids))
    used = len(set(keys))
    assert used < 1000, f"5,000 small tasks were sent as {used} tasks of the cluster"
