"""Fuzz everything that reads: `python fuzz/run.py [--seconds N] [TARGET ...]`; exit code 1 where something was found.

Each target has a process of its own, with limits of memory and of time for one input. An input that was found stays in
`fuzz/found/`; mend the fault, and put what is left of the input into a plain test.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOUND = HERE / "found"

NAMES = (
    *("requirements", "uv-lock", "poetry-lock", "pylock", "pipfile-lock", "environment"),
    *("advisory-toml", "advisories-json", "support-json", "records", "python", "notebook", "pickle", "arguments"),
)
MEMORY = 2048  # megabytes
TIMEOUT = 20  # seconds for one input


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"default: {' '.join(NAMES)}")
    parser.add_argument("--seconds", type=int, default=30, help="for each target")
    arguments = parser.parse_args()
    unknown = set(arguments.targets) - set(NAMES)
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}")
    return max([fuzzed(name, arguments.seconds) for name in arguments.targets or NAMES])


def fuzzed(name: str, seconds: int) -> int:
    """Fuzz a target, and return 1 where something was found or nothing was tried."""
    FOUND.mkdir(exist_ok=True)
    limits = [f"-rss_limit_mb={MEMORY}", f"-timeout={TIMEOUT}", f"-max_total_time={seconds}"]
    kept = f"-artifact_prefix={FOUND}/{name}-"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, str(HERE / "one.py"), name, *limits, kept, "-print_final_stats=1"],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            env={**os.environ, "TMPDIR": folder},
        )
    told = done.stderr + done.stdout  # which has the traceback
    tried = re.search(r"stat::number_of_executed_units: (\d+)", told)
    covered = re.findall(r"cov: (\d+)", told)
    print(f"{name:16} {tried[1] if tried else 0:>8} inputs, {covered[-1] if covered else 0:>5} branches", end="")
    print(": found something" if done.returncode else "", flush=True)
    if done.returncode or not tried:
        print(told[max(0, told.find("Uncaught Python exception")) :][-6000:])
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
