"""The share of the ideal on old stacks, beside the newest: python benchmarks/old_stacks.py [--cases CASE ...]

short_tasks.py in the environments of two old cells of the matrix and of the newest one, which are made where they are
missing, in turns. Ours is the package as it is in this checkout; upstream's backend is that of each stack. Fails if
ours is below 0.85 times its share on the newest stack.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import environment
from names import OURS, UPSTREAM

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "matrix"))
import cells  # noqa: E402
import environments  # noqa: E402

NEWEST = "py3.13-joblib1.6.0-sklearn1.9.1-distributed2026.8.0"
OLD = ["py3.7-joblib0.14.1-sklearn0.21.3-distributed2.9.3", "py3.6-joblib0.11-sklearn0.19.2-distributed1.21.8"]
CASES = ["3,200 tasks of 5 ms", "320 tasks of 20 ms", "80 tasks of 100 ms"]


def shares(python, package, arguments):
    """Return the share of the ideal of each contender in each case, measured once."""
    with tempfile.TemporaryDirectory() as folder:  # old releases of distributed spill into the working directory
        figures = Path(folder, "figures.json")
        command = [python, "-W", "ignore", HERE / "short_tasks.py", "--rounds", "1", "--figures", figures]
        options = ["--cases", *arguments.cases, "--contenders", *arguments.contenders]
        env = {**os.environ, "PYTHONPATH": package}
        done = subprocess.run([*command, *options], check=False, cwd=folder, env=env, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{python} failed:\n{done.stderr[-2000:]}")
        return json.loads(figures.read_text(encoding="utf-8"))


def median(rounds):
    """Return the medians of several rounds of shares."""
    return {
        case: {name: statistics.median(each[case][name] for each in rounds) for name in contenders}
        for case, contenders in rounds[0].items()
    }


def main():
    parser = environment.parser(__doc__, rounds=5)
    parser.add_argument("--cases", nargs="+", default=CASES, choices=CASES, metavar="CASE")
    parser.add_argument("--contenders", nargs="+", default=[OURS, UPSTREAM], choices=[OURS, UPSTREAM])
    arguments = parser.parse_args()
    taken = {stack: [] for stack in (NEWEST, *OLD)}
    with tempfile.TemporaryDirectory() as package:
        shutil.unpack_archive(environments.build_wheel(Path(package)), package, "zip")
        pythons = {stack: environments.ensure(cells.from_id(stack)) for stack in taken}
        for _ in range(arguments.rounds):
            for stack, rounds in taken.items():
                rounds.append(shares(pythons[stack], package, arguments))
    found = {stack: median(rounds) for stack, rounds in taken.items()}
    ratios = {
        stack: {case: found[stack][case][OURS] / found[NEWEST][case][OURS] for case in found[stack]} for stack in OLD
    }
    for stack, of_cases in found.items():
        for case, each in of_cases.items():
            told = ", ".join(f"{name} {share:.2f}" for name, share in each.items())
            beside = f"; {ratios[stack][case]:.2f} times the newest stack's" if stack in ratios else ""
            print(f"{stack}, {case}: {told}{beside}")
    figures = {"rounds": arguments.rounds, "newest": NEWEST, "share_of_ideal": found, "ratio_to_newest": ratios}
    return environment.record("old_stacks", figures, arguments.json)


if __name__ == "__main__":
    sys.exit(main())
