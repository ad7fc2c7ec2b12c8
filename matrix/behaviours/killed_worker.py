"""A task that kills every worker it meets raises KilledWorker; one worker's death is retried, and nothing is lost."""

import os
import tempfile

CORE = True
ISOLATED = True
LAST = True
LIMIT = 45


def kill_always(_):
    os._exit(1)


def kill_once(number, data, flag):
    """Kill the first worker that gets here, and with it its copy of the data."""
    try:
        os.close(os.open(flag, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return int(data[number])
    os._exit(1)


def allow_failures(number, dask_scheduler):
    """Say how many workers a task may kill before it is given up; return the former number, three."""
    usual, dask_scheduler.allowed_failures = dask_scheduler.allowed_failures, number
    return usual


def check(stage):
    import numpy as np
    from distributed.scheduler import KilledWorker

    large = np.arange(200000)
    flag = os.path.join(tempfile.mkdtemp(), "killed")
    with stage.block():
        numbers = stage.Parallel()(stage.delayed(kill_once)(number, large, flag) for number in range(10))
    assert numbers == list(range(10)), numbers
    assert os.path.exists(flag)

    stage.until(lambda: len(stage.client.ncores()) == 2, 30, "the killed worker did not come back")
    usual = stage.client.run_on_scheduler(allow_failures, 1)
    with stage.block():
        try:
            stage.Parallel()([stage.delayed(kill_always)(0)])
        except KilledWorker:
            pass
        else:
            raise AssertionError("a task that kills its worker returned")
    stage.client.run_on_scheduler(allow_failures, usual)
