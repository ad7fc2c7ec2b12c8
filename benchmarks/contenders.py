"""The ways to run joblib on a cluster that are measured side by side, on one cluster and in turns.

Python 3.6, like all that old_stacks.py runs in the environments of old stacks.
"""

import statistics
import time

import joblib
from joblib import parallel_backend as joblibs_own

from joblib_dask_compat import parallel_backend

OURS, UPSTREAM, LOKY = "joblib-dask-compat", "joblib's own", "loky"


def block(contender, client, workers):
    """Return the block of a contender: ours, upstream's over the same client, or loky's with as many processes."""
    if contender == OURS:
        return parallel_backend("dask", client=client)
    if contender == UPSTREAM:
        return joblibs_own("dask", client=client)
    return joblibs_own("loky", n_jobs=workers)


def in_turns(contenders, measure, rounds):
    """Return for each contender the median of `rounds` measures, taken in turns after one round that does not count."""
    taken = {contender: [] for contender in contenders}
    for number in range(rounds + 1):
        for contender in contenders:
            figure = measure(contender)
            if number:
                taken[contender].append(figure)
    return {contender: statistics.median(figures) for contender, figures in taken.items()}


def seconds(run):
    """Return how long a function took."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def parallel(function, arguments):
    """Run a function over arguments in the block that is open."""
    return joblib.Parallel()(joblib.delayed(function)(argument) for argument in arguments)
