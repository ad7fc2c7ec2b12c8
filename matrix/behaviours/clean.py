"""After a block, failed or not, scheduler and workers hold nothing of ours; a client that we opened is closed."""

import contextlib
import time

import numpy as np

CORE = True
ISOLATED = True  # sees whatever others leave behind
LIMIT = 30


class StopError(Exception):
    pass


def total(X, Y, number, bad):
    if number == bad:
        raise StopError(number)
    return float(X.sum() + Y.sum())


def raises_first(number):
    time.sleep(1 if number else 0.2)
    if not number:
        raise StopError(number)
    return number


@contextlib.contextmanager
def raising():
    try:
        yield
    except StopError:
        return
    raise AssertionError("a call with a task that raises returned")


def tasks_held(dask_scheduler=None):
    return len(dask_scheduler.tasks)


def clients_held(dask_scheduler=None):
    if hasattr(dask_scheduler, "clients"):
        return len(dask_scheduler.clients)
    return len(dask_scheduler.comms)  # until distributed 1.20


def values_held(dask_worker=None):
    return len(dask_worker.data)


def running(dask_worker=None):
    return len(dask_worker.active_threads)


def check(stage):
    X, Y = np.ones(100000), np.ones(200000)
    clients = stage.client.run_on_scheduler(clients_held)

    def run(bad=None, **options):
        with stage.block(**options):
            stage.Parallel()(stage.delayed(total)(X, Y, number, bad) for number in range(20))

    run(scatter=[X])
    nothing_held(stage, "a block")

    with raising():
        run(scatter=[X], bad=3)
    nothing_held(stage, "a block that raised")

    with raising(), stage.block():
        stage.Parallel()(stage.delayed(raises_first)(number) for number in range(2))
    nothing_held(stage, "a block that was left while a task ran")

    run(scheduler_host=stage.client.scheduler.address)
    nothing_held(stage, "a block with scheduler_host=")
    stage.until(
        lambda: stage.client.run_on_scheduler(clients_held) == clients,
        5,
        "the client that the block opened is still there",
    )


def nothing_held(stage, after):
    def held():
        found = {
            "tasks": stage.client.run_on_scheduler(tasks_held),
            "running": sum(stage.client.run(running).values()),
            "values": sum(stage.client.run(values_held).values()),
            "futures": len(stage.client.futures),
        }
        return {name: count for name, count in found.items() if count}

    def nothing():
        left.clear()
        left.update(held())
        return not left

    left = {}
    stage.until(nothing, 5, lambda: f"after {after} there are still {left}")
