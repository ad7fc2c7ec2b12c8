"""The share of the ideal time that sleeping tasks reach: python benchmarks/short_tasks.py [--rounds N] [--json FILE]

The ideal is what the tasks sleep, spread over the workers with nothing in between. They sleep, so that two cores can
stand for many. Tasks whose lengths change from one to the next end when the workers do: their ideal is the sum too.

Python 3.6: old_stacks.py runs it in the environments of old stacks.
"""

import argparse
import json
import time

from contenders import LOKY, OURS, UPSTREAM, block, in_turns, parallel, seconds

from joblib_dask_compat import local_cluster

#: name: workers, the tasks' lengths in seconds, the share that ours must reach, and its least multiple of upstream's.
CASES = {
    "3,200 tasks of 5 ms": (8, [0.005] * 3200, 0.88, 1.2),
    "320 tasks of 20 ms": (8, [0.02] * 320, 0.91, 1.0),
    "80 tasks of 100 ms": (8, [0.1] * 80, 0.95, 1.0),
    "320 tasks of 250 ms": (16, [0.25] * 320, 14.5 / 16, 0.0),
    "growing, 1 to 500 ms": (8, [0.001 + 0.499 * each / 159 for each in range(160)], 0.8, 0.0),
    "shrinking, 500 to 1 ms": (8, [0.5 - 0.499 * each / 159 for each in range(160)], 0.8, 0.0),
    "1 ms and 500 ms in turns": (8, [0.001, 0.5] * 80, 0.8, 0.0),
}


def measure(case, contenders, rounds):
    """Return the share of the ideal of each contender."""
    workers, lengths, _, _ = CASES[case]
    ideal = sum(lengths) / workers
    with local_cluster(n_workers=workers) as client:

        def share(contender):
            with block(contender, client, workers):
                return ideal / seconds(lambda: parallel(time.sleep, lengths))

        return in_turns(contenders, share, rounds)


def main():
    parser = argparse.ArgumentParser(description="The share of the ideal time that sleeping tasks reach.")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES), metavar="CASE")
    parser.add_argument("--contenders", nargs="+", default=[OURS, UPSTREAM, LOKY])
    parser.add_argument("--json", metavar="FILE", help="write the figures there instead of to results/")
    arguments = parser.parse_args()
    figures, met = {}, True
    for case in arguments.cases:
        shares = figures[case] = measure(case, arguments.contenders, arguments.rounds)
        _, _, least, multiple = CASES[case]
        met &= shares[OURS] >= max(least, multiple * shares.get(UPSTREAM, 0))
        told = ", ".join("{} {:.2f}".format(*each) for each in shares.items())
        print(f"{case:26} {told}  (ours: at least {least:.2f}, {multiple:g} x upstream)", flush=True)
    if arguments.json:
        with open(arguments.json, "w") as stream:
            json.dump(figures, stream)
    else:
        import environment

        environment.record("short_tasks", {"rounds": arguments.rounds, "share_of_ideal": figures})
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
