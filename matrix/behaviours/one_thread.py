"""A cluster with one thread still runs the tasks there."""

import os

CORE = True
ISOLATED = True  # has a cluster of its own
LIMIT = 30


def pid(_):
    return os.getpid()


def check(stage):
    with stage.cluster(n_workers=1, threads_per_worker=1) as client:
        with stage.block(client=client):
            pids = stage.Parallel()(stage.delayed(pid)(number) for number in range(10))
        stage.ran_on_workers(pids, client)
