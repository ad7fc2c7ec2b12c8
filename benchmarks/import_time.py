"""What `import joblib_dask_compat` costs, beside `import joblib`: python benchmarks/import_time.py [--rounds N]

Each import runs in a fresh interpreter, the two in turns, and is timed inside it. Fails if the share is 5 % or more.
"""

import statistics
import subprocess
import sys

import environment

TIMED = "import time; started = time.perf_counter(); import {}; print(time.perf_counter() - started)"
OURS, THEIRS = "joblib_dask_compat", "joblib"


def seconds(module):
    """Return how long one import took."""
    return float(subprocess.check_output([sys.executable, "-c", TIMED.format(module)], text=True))


def main():
    arguments = environment.parser(__doc__, rounds=31).parse_args()
    for module in (OURS, THEIRS):  # the first one writes bytecode and fills the system's cache
        seconds(module)
    pairs = [(seconds(OURS), seconds(THEIRS)) for _ in range(arguments.rounds)]
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    figures = {
        "rounds": arguments.rounds,
        "median_ms": {OURS: round(1000 * ours, 3), THEIRS: round(1000 * theirs, 3)},
        "share": round(ours / theirs, 4),
    }
    return environment.record("import_time", figures, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
