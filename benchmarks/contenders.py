"""The ways to run joblib on a cluster that are measured side by side, on one cluster and in turns.

Python 3.6, like all that old_stacks.py runs in the environments of old stacks.
"""

import contextlib
import statistics
import time

import joblib
from joblib import parallel_backend as joblibs_own
from names import LOKY, OURS, RAY, UPSTREAM

from joblib_dask_compat import parallel_backend


def block(contender, client, workers):
    """Return the block of a contender: ours, upstream's over the same client; loky's or ray's of as many processes."""
    if contender == OURS:
        return parallel_backend("dask", client=client)
    if contender == UPSTREAM:
        if not hasattr(joblib.parallel, "EXTERNAL_BACKENDS"):  # joblib 0.11 knows no dask; distributed registers it
            import distributed.joblib  # noqa: F401
        return joblibs_own("dask", client=client)
    return joblibs_own({LOKY: "loky", RAY: "ray"}[contender], n_jobs=workers)


@contextlib.contextmanager
def ray_cluster(workers):
    """Run ray on this machine, and make its backend known to joblib."""
    import ray
    from ray.util.joblib import register_ray

    ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False)
    try:
        register_ray()
        yield
    finally:
        ray.shutdown()


def in_turns(contenders, measure, rounds, middle=statistics.median):
    """Return for each contender the middle of `rounds` measures, taken in turns after one round that does not count."""
    taken = {contender: [] for contender in contenders}
    for number in range(rounds + 1):
        for contender in contenders:
            figure = measure(contender)
            if number:
                taken[contender].append(figure)
    return {contender: middle(figures) for contender, figures in taken.items()}


def seconds(run):
    """Return how long a function took."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def parallel(function, arguments):
    """Run a function over arguments in the block that is open."""
    return joblib.Parallel()(joblib.delayed(function)(argument) for argument in arguments)
