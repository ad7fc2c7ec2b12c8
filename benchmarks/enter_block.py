"""What entering and leaving a block costs on a connected client: python benchmarks/enter_block.py [--rounds N]

Fails if it is 10 ms more than joblib's own block costs. A client's first block checks the versions of the cluster once;
that one is not counted.
"""

import sys

import environment
from contenders import OURS, UPSTREAM, block, in_turns, seconds

from joblib_dask_compat import local_cluster


def main():
    arguments = environment.parser(__doc__, rounds=50).parse_args()
    with local_cluster(n_workers=2) as client:

        def milliseconds(contender):
            def enter_and_leave():
                with block(contender, client, workers=2):
                    pass

            return 1000 * seconds(enter_and_leave)

        medians = in_turns([OURS, UPSTREAM], milliseconds, arguments.rounds)
    print(", ".join(f"{name} {each:.2f} ms" for name, each in medians.items()))
    return environment.record("enter_block", {"rounds": arguments.rounds, "median_ms": medians}, arguments.json)


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")  # nothing runs in these blocks, and they say so
    sys.exit(main())
