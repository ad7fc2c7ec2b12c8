"""Fuzz everything that reads: `python fuzz/run.py [--seconds N] [--record] [TARGET ...]`.

Exit code 1 where something was found, or nothing was tried.

Each target has a process of its own, with limits of memory and of time for one input. An input that was found stays in
`fuzz/found/`; mend the fault, and put what is left of the input into a plain test.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
FOUND = HERE / "found"
RECORD = HERE.parent / "reliability" / "results" / "fuzz.json"
sys.path.append(str(HERE.parent / "reliability"))

from origin import origin  # noqa: E402

NAMES = (
    *("requirements", "uv-lock", "poetry-lock", "pylock", "pipfile-lock", "environment"),
    *("advisory-toml", "advisories-json", "support-json", "records", "python", "notebook", "pickle", "arguments"),
)
MEMORY = 2048  # megabytes
TIMEOUT = 20  # seconds for one input


class Outcome(NamedTuple):
    """What came of a target."""

    executions: int
    seconds: float
    crashes: int  #: one at most, with which it ends


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"default: {' '.join(NAMES)}")
    parser.add_argument("--seconds", type=int, default=30, help="for each target")
    parser.add_argument("--record", action="store_true", help="of all targets; `nox -s render` tells of it")
    arguments = parser.parse_args()
    unknown = set(arguments.targets) - set(NAMES)
    if unknown:
        parser.error(f"no such target: {', '.join(unknown)}")
    if arguments.record and arguments.targets:
        parser.error("what is recorded is of all targets")
    outcomes = {name: fuzzed(name, arguments.seconds) for name in arguments.targets or NAMES}
    if arguments.record:
        where = origin(Path(sysconfig.get_path("purelib")), {"atheris": "atheris"})
        record = {**where, "targets": {name: outcome._asdict() for name, outcome in outcomes.items()}}
        RECORD.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    return int(any(outcome.crashes or not outcome.executions for outcome in outcomes.values()))


def fuzzed(name: str, seconds: int) -> Outcome:
    """Fuzz a target."""
    FOUND.mkdir(exist_ok=True)
    began = time.monotonic()
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
    outcome = Outcome(int(tried[1]) if tried else 0, round(time.monotonic() - began, 1), int(done.returncode != 0))
    print(f"{name:16} {outcome.executions:>8} inputs, {covered[-1] if covered else 0:>5} branches", end="")
    print(": found something" if outcome.crashes else "", flush=True)
    if outcome.crashes or not outcome.executions:
        print(told[max(0, told.find("Uncaught Python exception")) :][-6000:])
    return outcome


if __name__ == "__main__":
    sys.exit(main())
