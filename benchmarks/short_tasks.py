"""The share of the ideal time that sleeping tasks reach: python benchmarks/short_tasks.py [--cases CASE ...]

The ideal is what the tasks sleep, spread over the workers with nothing in between. They sleep, so that two cores can
stand for many. Tasks whose lengths change from one to the next end when the workers do: their ideal is the sum too.

Python 3.6: old_stacks.py runs it in the environments of old stacks, with --figures.
"""

import argparse
import json
import time

from contenders import LOKY, OURS, UPSTREAM, block, in_turns, parallel, seconds

from joblib_dask_compat import local_cluster

#: name: workers, and the tasks' lengths in seconds; what each must reach is in bars.py.
CASES = {
    "3,200 tasks of 5 ms": (8, [0.005] * 3200),
    "320 tasks of 20 ms": (8, [0.02] * 320),
    "80 tasks of 100 ms": (8, [0.1] * 80),
    "320 tasks of 250 ms": (16, [0.25] * 320),
    "growing, 1 to 500 ms": (8, [0.001 + 0.499 * each / 159 for each in range(160)]),
    "shrinking, 500 to 1 ms": (8, [0.5 - 0.499 * each / 159 for each in range(160)]),
    "1 ms and 500 ms in turns": (8, [0.001, 0.5] * 80),
}


def measure(case, contenders, rounds):
    """Return the share of the ideal of each contender."""
    workers, lengths = CASES[case]
    ideal = sum(lengths) / workers
    with local_cluster(n_workers=workers) as client:

        def share(contender):
            with block(contender, client, workers):
                return ideal / seconds(lambda: parallel(time.sleep, lengths))

        return in_turns(contenders, share, rounds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, metavar="N")
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES), metavar="CASE")
    parser.add_argument("--contenders", nargs="+", default=[OURS, UPSTREAM, LOKY])
    parser.add_argument("--json", metavar="FILE", help="write the record there instead of into results/")
    parser.add_argument("--figures", metavar="FILE", help="write only the figures, and judge nothing")
    arguments = parser.parse_args()
    figures = {}
    for case in arguments.cases:
        shares = figures[case] = measure(case, arguments.contenders, arguments.rounds)
        print("{:26} {}".format(case, ", ".join("{} {:.2f}".format(*each) for each in shares.items())), flush=True)
    if arguments.figures:
        with open(arguments.figures, "w") as stream:
            json.dump(figures, stream)
        return 0
    import environment

    told = {"rounds": arguments.rounds, "share_of_ideal": figures}
    return environment.record("short_tasks", told, arguments.json)


if __name__ == "__main__":
    raise SystemExit(main())
