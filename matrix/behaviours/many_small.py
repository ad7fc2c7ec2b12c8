"""5,000 no-op tasks come back right and in order, and travel in batches."""

import os

CORE = True
LIMIT = 30


def number_and_key(number):
    from distributed.worker import thread_state

    return number, os.getpid(), thread_state.key


def check(stage):
    with stage.block():
        for count in (500, 5000):  # where each task is sent by itself, 5,000 would only take longer
            results = stage.Parallel()(stage.delayed(number_and_key)(number) for number in range(count))
            numbers, pids, keys = zip(*results)
            assert numbers == tuple(range(count))
            stage.ran_on_workers(set(pids))
            used = len(set(keys))
            assert used < count / 5, f"{count} small tasks were sent as {used} tasks of the cluster"
