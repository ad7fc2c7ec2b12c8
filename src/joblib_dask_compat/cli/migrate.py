"""Rewrite the registration idioms of all eras, in scripts and in notebooks.

Prints what would change as a diff, and writes nothing unless it is told to. What it is not sure of it leaves alone, and
says so on standard error, with file, line and reason. Needs libcst (extra "migrate").
"""

import argparse
import json
import sys
from typing import Any, Dict, List

from ..migrate import require_libcst
from ..migrate.idioms import TARGETS
from . import FINDINGS, FINE, WRONG, add_format

CHECK, DIFF, WRITE = "check", "diff", "write"

#: What a file's status is called when something is to change.
_CHANGED = {CHECK: "would change", DIFF: "would change", WRITE: "changed"}


def configure(command: argparse.ArgumentParser) -> None:
    command.add_argument("paths", nargs="+", metavar="PATH", help="a script, a notebook, or a folder of them")
    modes = command.add_mutually_exclusive_group()
    for mode, said in (
        (DIFF, "print what would change (the default)"),
        (WRITE, "change the files"),
        (CHECK, "print which files would change; exit code 1 if there are any"),
    ):
        modes.add_argument("--" + mode, dest="mode", action="store_const", const=mode, default=DIFF, help=said)
    command.add_argument(
        "--to",
        choices=TARGETS,
        default=TARGETS[0],
        help="whose spelling: this package's, which runs on all versions, or that of today's joblib",
    )
    add_format(command)


def run(arguments: argparse.Namespace) -> int:
    require_libcst()
    from ..migrate import files

    told: List[Dict[str, Any]] = []
    for path in files.find(arguments.paths):
        outcome = files.migrate_file(path, arguments.to)
        if arguments.mode == WRITE and outcome.changed:
            outcome = files.written(outcome)
        entry = _entry(outcome, arguments.mode)
        told.append(entry)
        _talk(entry)
        if arguments.format == "text" and outcome.changed:
            _print(outcome, arguments.mode)
    changed = [each for each in told if each["status"] == _CHANGED[arguments.mode]]
    failed = [each for each in told if each["status"] == "error"]
    if arguments.format == "json":
        print(json.dumps({"schema_version": 1, "to": arguments.to, "mode": arguments.mode, "files": told}, indent=2))
    print(f"{len(told)} read, {len(changed)} {_CHANGED[arguments.mode]}, {len(failed)} with errors", file=sys.stderr)
    if failed:
        return WRONG
    return FINDINGS if changed and arguments.mode == CHECK else FINE


def _entry(outcome: Any, mode: str) -> Dict[str, Any]:
    from ..migrate import files

    entry: Dict[str, Any] = {"path": outcome.path, "status": "unchanged"}
    if outcome.error:
        entry.update(status="error", error=outcome.error)
    elif outcome.changed:
        entry["status"] = _CHANGED[mode]
        if mode == DIFF:
            entry["diff"] = files.diff(outcome).decode(outcome.encoding)
    entry["notes"] = [dict(note._asdict()) for note in outcome.notes]
    return entry


def _talk(entry: Dict[str, Any]) -> None:
    for note in entry["notes"]:
        place = "cell {cell}:{line}" if "cell" in note else "{line}"
        print("{}:{}: left alone: {}".format(entry["path"], place.format(**note), note["reason"]), file=sys.stderr)
    if entry["status"] == "error":
        print("{path}: error: {error}".format(**entry), file=sys.stderr)


def _print(outcome: Any, mode: str) -> None:
    from ..migrate import files

    if mode == DIFF:
        # bytes: a diff has the encoding and the line ends of its file
        sys.stdout.buffer.write(files.diff(outcome))
        sys.stdout.buffer.flush()
    elif mode == CHECK:
        print(outcome.path)
