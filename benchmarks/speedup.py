"""The speed-up against the number of workers: python benchmarks/speedup.py [--workers N ...] [--python ray=PATH]

Each worker gets the same work, sleeping tasks of 100 ms, and the speed-up is what they sleep divided by the time that
they take. Every contender runs in the block or the pool that its users would have; ray's starts its actors anew for
each call, which is part of its time.
"""

import argparse
import sys
import time
from contextlib import ExitStack

import environment
import served
from contenders import LOKY, OURS, UPSTREAM, block, in_turns, parallel, ray_cluster, seconds

from joblib_dask_compat import local_cluster

TASKS, LENGTH = 20, 0.1  # for each worker


def speed_up(contender, client, workers):
    """Return how many times as fast as one after the other a contender runs the tasks."""
    lengths = [LENGTH] * TASKS * workers
    with block(contender, client, workers):
        return sum(lengths) / seconds(lambda: parallel(time.sleep, lengths))


def measure(workers, arguments):
    """Return the speed-up of each contender."""
    with ExitStack() as stack:
        client = stack.enter_context(local_cluster(n_workers=workers))
        elsewhere = {
            name: served.start(stack, python, __file__, "--serve", name, "--workers", workers)
            for name, python in served.pythons(arguments).items()
        }

        def figure(contender):
            return elsewhere[contender]() if contender in elsewhere else speed_up(contender, client, workers)

        return in_turns([*arguments.contenders, *elsewhere], figure, arguments.rounds)


def main():
    parser = environment.parser(__doc__, rounds=5)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8, 16], metavar="N")
    parser.add_argument("--contenders", nargs="+", default=[OURS, UPSTREAM, LOKY])
    served.add_pythons(parser)
    parser.add_argument("--serve", metavar="CONTENDER", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        (workers,) = arguments.workers
        with ray_cluster(workers):
            served.answer_with(lambda: speed_up(arguments.serve, None, workers))
        return 0
    found = {}
    for workers in arguments.workers:
        found[workers] = measure(workers, arguments)
        told = ", ".join(f"{name} {each:.2f}" for name, each in found[workers].items())
        print(f"{workers:3} workers: {told}", flush=True)
    figures = {"rounds": arguments.rounds, "tasks_a_worker": TASKS, "task_ms": 1000 * LENGTH, "speedup": found}
    return environment.record("speedup", figures, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
