"""What `import joblib_dask_compat` costs, beside `import joblib`: python benchmarks/import_time.py [RUNS]

Each import runs in a fresh interpreter, the two in turns, and is timed inside it. Fails if the share is 5 % or more.
"""

import statistics
import subprocess
import sys

import environment

TIMED = "import time; started = time.perf_counter(); import {}; print(time.perf_counter() - started)"
OURS, THEIRS = "joblib_dask_compat", "joblib"
LIMIT = 0.05


def seconds(module):
    """Return how long one import took."""
    return float(subprocess.check_output([sys.executable, "-c", TIMED.format(module)], text=True))


def main(runs):
    for module in (OURS, THEIRS):  # the first one writes bytecode and fills the system's cache
        seconds(module)
    pairs = [(seconds(OURS), seconds(THEIRS)) for _ in range(runs)]
    ours, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    share = ours / theirs
    print(f"import {OURS}: {1000 * ours:.2f} ms, import {THEIRS}: {1000 * theirs:.2f} ms, median of {runs}")
    print(f"share: {share:.1%} (limit {LIMIT:.0%})")
    milliseconds = {OURS: round(1000 * ours, 3), THEIRS: round(1000 * theirs, 3)}
    environment.record("import_time", {"runs": runs, "median_ms": milliseconds, "share": round(share, 4)})
    return 0 if share < LIMIT else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 31))
