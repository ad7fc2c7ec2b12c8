"""The share of the ideal against the length of tasks: python benchmarks/task_length.py [--lengths MS ...]

Sleeping tasks on single-thread workers, as many of each length as would take two seconds.
"""

import sys
import time

import environment
from contenders import LOKY, OURS, UPSTREAM, block, in_turns, parallel, seconds

from joblib_dask_compat import local_cluster

IDEAL = 2.0  # seconds


def main():
    parser = environment.parser(__doc__, rounds=5)
    lengths = [1, 2, 5, 10, 20, 50, 100, 200, 500]
    parser.add_argument("--lengths", type=int, nargs="+", default=lengths, metavar="MS")
    parser.add_argument("--workers", type=int, default=8, metavar="N")
    parser.add_argument("--contenders", nargs="+", default=[OURS, UPSTREAM, LOKY])
    arguments = parser.parse_args()
    workers = arguments.workers
    found = {}
    with local_cluster(n_workers=workers) as client:
        for length in arguments.lengths:
            tasks = [length / 1000] * round(workers * IDEAL * 1000 / length)

            def share(contender, tasks=tasks):
                with block(contender, client, workers):
                    return sum(tasks) / workers / seconds(lambda: parallel(time.sleep, tasks))

            found[length] = in_turns(arguments.contenders, share, arguments.rounds)
            told = ", ".join(f"{name} {each:.2f}" for name, each in found[length].items())
            print(f"{length:4} ms: {told}", flush=True)
    figures = {"rounds": arguments.rounds, "workers": workers, "share_of_ideal": found}
    return environment.record("task_length", figures, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
