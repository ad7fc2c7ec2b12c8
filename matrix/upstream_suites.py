"""Run upstream's own tests on this package's backend: joblib's of its Dask backend, scikit-learn's inside a block.

    python matrix/upstream_suites.py --wheel PATH [--only joblib-1.6.0 joblib-1.4.2 joblib-1.2.0 scikit-learn]

joblib's tests run unmodified with the name "dask" pointing at ours. The tests that cannot pass are in
upstream/exceptions.toml, each with its reason; they run too, and one that passes, or that fails with another message
than the table says, is reported as much as a new failure. scikit-learn's tests run twice, inside a block of ours and
inside one of loky's; what fails only in ours is a new failure.

Exit codes: 0 fine, 1 a new failure or an exception that no longer holds, 2 a suite could not be run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet

import cells
import environments
from cells import Cell

HERE = Path(__file__).resolve().parent
PLUGINS = HERE / "upstream"
FOLDER = environments.FOLDER / "upstream-suites"
TEST_LIMIT = 120  # seconds for one test: a hang becomes a failure with a traceback
SUITE_LIMIT = 3600

#: The cells whose joblib's own tests are run, by the name of the run.
JOBLIB = {
    "joblib-1.6.0": "py3.12-joblib1.6.0-sklearn1.9.1-distributed2026.8.0",
    "joblib-1.4.2": "py3.11-joblib1.4.2-sklearn1.6.1-distributed2024.12.1",
    "joblib-1.2.0": "py3.9-joblib1.2.0-sklearn1.2.2-distributed2023.9.3",
}
SKLEARN = "scikit-learn"
SKLEARN_CELL = JOBLIB["joblib-1.6.0"]
SKLEARN_TESTS = (
    "sklearn.model_selection.tests.test_validation",
    "sklearn.tests.test_multioutput",
    "sklearn.tests.test_multiclass",
    "sklearn.ensemble.tests.test_voting",
    "sklearn.ensemble.tests.test_stacking",
)


class SuiteError(RuntimeError):
    """A suite could not be run as a whole; the message says why."""


@dataclass(frozen=True)
class Outcome:
    """What became of one test: pytest's word for it, and the beginning of what it failed with."""

    word: str
    line: str

    @property
    def failed(self) -> bool:
        return self.word not in ("passed", "skipped", "xfailed")


@dataclass(frozen=True)
class Known:
    """A row of exceptions.toml: a test of upstream's that cannot pass on our backend, and why."""

    test: str
    fails_with: str
    reason: str
    joblib: str = ""

    def names(self, test: str) -> bool:
        return test.rpartition("::")[2].partition("[")[0] == self.test


def run_joblib(name: str, wheel: Path) -> bool:
    """Run joblib's tests in one cell and say whether all is as exceptions.toml says."""
    cell = cells.from_id(JOBLIB[name])
    table = tomllib.loads((PLUGINS / "exceptions.toml").read_text(encoding="utf-8"))
    known = [Known(**row) for row in table["joblib"]]
    known = [row for row in known if cell.joblib in SpecifierSet(row.joblib)]
    bytes_ = {test: row["bytes"] for test, row in table["thresholds"].items()}
    settings = {"UPSTREAM_THRESHOLDS": json.dumps(bytes_)}
    outcomes = _pytest(name, cell, wheel, ["joblib.test.test_dask"], "own_as_dask", settings)
    _print_counts(name, outcomes)
    findings = list(_compare(outcomes, known))
    for test, outcome in outcomes.items():
        if outcome.failed and test not in dict(findings):
            (row,) = (row for row in known if row.names(test))
            print(f"  excepted {test}: {row.reason}")
    for test, what in findings:
        print(f"  NEW {test}: {what}")
    return not findings


def _compare(outcomes: Mapping[str, Outcome], known: Sequence[Known]) -> Iterator[tuple[str, str]]:
    for test, outcome in outcomes.items():
        rows = [row for row in known if row.names(test)]
        if outcome.failed and not rows:
            yield test, f"{outcome.word}: {outcome.line}"
        elif rows and outcome.word == "passed":
            yield test, "passes, but exceptions.toml names it: take it out"
        elif outcome.failed and not re.search(rows[0].fails_with, outcome.line):
            yield test, f"excepted for {rows[0].fails_with!r}, but it failed with: {outcome.line}"
    for row in known:
        if not any(row.names(test) for test in outcomes):
            yield row.test, "exceptions.toml names it, but there is no such test"


def run_sklearn(wheel: Path) -> bool:
    """Run scikit-learn's tests in a block of ours and in one of loky's; say if ours fails no more."""
    cell = cells.from_id(SKLEARN_CELL)
    failed = {}
    for block in ("loky", "dask"):
        name = f"{SKLEARN}-{block}"
        settings = {"UPSTREAM_BLOCK": block}
        outcomes = _pytest(name, cell, wheel, SKLEARN_TESTS, "inside_a_block", settings)
        _print_counts(name, outcomes)
        failed[block] = {test: each.line for test, each in outcomes.items() if each.failed}
        for test, line in failed[block].items():
            print(f"  fails {test}: {line.splitlines()[0] if line else ''}")
    for test in sorted(failed["loky"].keys() - failed["dask"].keys()):
        print(f"  only with loky: {test}")
    new = sorted(failed["dask"].keys() - failed["loky"].keys())
    for test in new:
        print(f"  NEW {test}: {failed['dask'][test]}")
    return not new


def _pytest(
    name: str,
    cell: Cell,
    wheel: Path,
    modules: Sequence[str],
    plugin: str,
    settings: Mapping[str, str],
) -> dict[str, Outcome]:
    python = _environment(cell, wheel)
    written, log, scratch = (FOLDER / f"{name}{suffix}" for suffix in (".jsonl", ".log", ".d"))
    written.unlink(missing_ok=True)
    scratch.mkdir(exist_ok=True)
    command = [str(python), "-m", "pytest", "-p", "outcomes", "-p", plugin]
    command += ["-c", os.devnull, "--rootdir", str(scratch)]  # not this project's own settings
    command += ["-p", "no:cacheprovider", "-q", f"--timeout={TEST_LIMIT}", "--durations=10"]
    env = os.environ | settings | {"PYTHONPATH": str(PLUGINS), "UPSTREAM_OUTCOMES": str(written)}
    print(f"{name}: {' '.join(modules)}", file=sys.stderr, flush=True)
    with log.open("w", encoding="utf-8") as stream:
        try:
            done = subprocess.run(
                [*command, "--pyargs", *modules],
                check=False,
                cwd=scratch,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                timeout=SUITE_LIMIT,
            )
        except subprocess.TimeoutExpired as exc:
            raise SuiteError(f"{name} took longer than {SUITE_LIMIT} s; see {log}") from exc
    outcomes = _read(written)
    if not outcomes or done.returncode not in (0, 1):
        raise SuiteError(f"{name}: pytest ended with exit code {done.returncode}; see {log}")
    return outcomes


def _environment(cell: Cell, wheel: Path) -> Path:
    """The interpreter of an environment like the cell's, with pytest; the cell's own stays as it is."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    environments.FOLDER = FOLDER
    python = environments.ensure(cell, wheel)
    dated = f"--exclude-newer={cells.as_of()}T00:00:00Z"
    environments._install(str(python), "pytest", "pytest-timeout", dated)
    return python


def _read(written: Path) -> dict[str, Outcome]:
    """The outcome of every test; a failure of any of its phases is its outcome."""
    outcomes: dict[str, Outcome] = {}
    lines = written.read_text(encoding="utf-8").splitlines() if written.exists() else []
    for entry in map(json.loads, lines):
        told = Outcome(entry["outcome"], entry["line"])
        before = outcomes.get(entry["test"])
        if before is None or before.word == "not run" or not before.failed:
            outcomes[entry["test"]] = told
    return outcomes


def _print_counts(name: str, outcomes: Mapping[str, Outcome]) -> None:
    words = [outcome.word for outcome in outcomes.values()]
    counts = ", ".join(f"{words.count(word)} {word}" for word in sorted(set(words)))
    print(f"\n{name}: {len(outcomes)} tests, {counts}", flush=True)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wheel", type=Path, required=True, help="our own wheel")
    choices = [*JOBLIB, SKLEARN]
    parser.add_argument("--only", nargs="+", choices=choices, default=choices, metavar="RUN")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    arguments = _arguments(argv)
    fine: dict[str, Any] = {}
    for name in arguments.only:
        try:
            fine[name] = run_sklearn(arguments.wheel) if name == SKLEARN else run_joblib(name, arguments.wheel)
        except (SuiteError, environments.CellError) as exc:
            print(exc, file=sys.stderr)
            return 2
    print("\n" + "\n".join(f"{name}: {'fine' if ok else 'NEW FAILURES'}" for name, ok in fine.items()))
    return 0 if all(fine.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
