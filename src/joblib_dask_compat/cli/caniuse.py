"""Say whether versions can be combined, as far as that was measured.

Versions are named as arguments, in a file (requirements, uv.lock, poetry.lock, pylock.toml, Pipfile.lock,
environment.yml), or are those of the running environment; arguments go before. What is not named may be anything: the
question then is whether some combination works. Exit code 0, it works; 1, it does not; 3, nobody knows.
"""

import argparse
from typing import Any, Dict, List, Optional

from .. import advisories, manifests
from ..errors import InputError
from ..support import records
from ..support.records import Record
from ..support.verdicts import Asked, Judge, Verdict
from . import FINDINGS, FINE, UNDECIDED, add_format, asking


def configure(command: argparse.ArgumentParser) -> None:
    command.add_argument("packages", nargs="*", metavar="PKG==V", help="joblib, scikit-learn, distributed; or a range")
    asking.add_python(command, "the Python; default: any, or the file's")
    source = command.add_mutually_exclusive_group()
    source.add_argument("--requirements", dest="file", metavar="FILE", help="requirements.txt or environment.yml")
    source.add_argument("--lock", dest="file", metavar="FILE", help="uv.lock, poetry.lock, pylock.toml or Pipfile.lock")
    source.add_argument("--env", action="store_true", help="the running environment")
    add_format(command)


def run(arguments: argparse.Namespace) -> int:
    ranges = _ranges(arguments)
    asked = asking.axes(ranges)
    pinned = asking.pinned(ranges)
    judge = Judge(records.load())
    verdict = judge.verdict(asked, asking.companions(pinned))
    report = _report(asked, pinned, verdict, None if verdict.works else judge.nearest(asked))
    if arguments.format == "json":
        asking.print_json(report)
    else:
        _tell(report)
    return {True: FINE, False: FINDINGS, None: UNDECIDED}[verdict.works]


def _ranges(arguments: argparse.Namespace) -> manifests.Ranges:
    python = asking.python(arguments.python)
    named = asking.packages(arguments.packages)
    if python:
        named["python"] = manifests.specifiers(f"=={python}")
    found: manifests.Ranges = {}
    if arguments.file:
        found = manifests.read(arguments.file, python)
    elif arguments.env:
        found = manifests.environment()
    ranges = {**found, **named}
    if not set(asking.NAMES) & (set(ranges) - {"python"}):
        where = f"{arguments.file} names" if arguments.file else "the environment has" if arguments.env else "you named"
        raise InputError(
            f"{where} none of joblib, scikit-learn and distributed",
            "",
            "ask like caniuse joblib==1.6.0 distributed==2026.8.0",
        )
    return ranges


def _report(asked: Asked, pinned: Dict[str, str], verdict: Verdict, nearest: Optional[Record]) -> Dict[str, Any]:
    record = verdict.record
    return {
        "asked": asking.named(asked),
        "verdict": verdict.verdict,
        "works": verdict.works,
        "combination": verdict.combination and verdict.combination.named,
        "reasons": list(verdict.reasons),
        "record": record and _described(record),
        "other_versions": _other_versions(record, pinned),
        "advisories": _advisories(verdict, asking.companions(pinned)),
        "nearest": nearest and _described(nearest),
    }


def _described(record: Record) -> Dict[str, Any]:
    return {
        "cell": record.combination.cell,
        "combination": record.combination.named,
        "date": record.date,
        "columns": {
            column: {name: dict(each._asdict()) for name, each in sorted(outcomes.items())}
            for column, outcomes in sorted(record.columns.items())
        },
    }


def _other_versions(record: Optional[Record], asked: Dict[str, str]) -> List[Dict[str, str]]:
    """Return the packages that were measured in another version than the file or environment has."""
    return [
        {"package": name, "asked": asked[name], "recorded": pinned}
        for name, pinned in sorted(record.pins.items() if record else ())
        if name in asked and records.parse(asked[name]) != records.parse(pinned)
    ]


def _advisories(verdict: Verdict, companions: Dict[str, str]) -> List[Dict[str, Any]]:
    if verdict.combination is None:
        return []
    found = advisories.applying(verdict.combination.installed(**companions))
    return [
        {
            "id": each["id"],
            "severity": each["severity"],
            "summary": each["summary"],
            "holds": advisories.remains(each),
        }
        for each in sorted(found, key=lambda each: advisories.SEVERITIES.index(each["severity"]))
    ]


_ANSWERS = {True: "works", False: "does not work", None: "not known"}


def _tell(report: Dict[str, Any]) -> None:
    record, combination = report["record"], report["combination"]
    when = " on {}".format(record["date"]) if record else ""
    print("{}: {}{}".format(_ANSWERS[report["works"]], report["verdict"], when))
    if combination:
        print("  " + _in_words(combination))
    for reason in report["reasons"]:
        print(f"  {reason}")
    for column, outcomes in (record or {}).get("columns", {}).items():
        print(f"  {column:9} {_counted(outcomes)}")
    for each in report["other_versions"]:
        print("  measured with {package} {recorded}, not {asked}".format(**each))
    for each in report["advisories"]:
        if each["holds"]:
            print("  {severity}: {id}, {summary}".format(**each))
    avoided = sum(not each["holds"] for each in report["advisories"])
    if avoided:
        print(f"  known faults that this package avoids: {avoided} (joblib-dask-compat explain ID)")
    if report["nearest"]:
        print(
            "nearest that works: {} (recorded on {})".format(
                _in_words(report["nearest"]["combination"]), report["nearest"]["date"]
            )
        )


def _in_words(combination: Dict[str, str]) -> str:
    return ", ".join("{} {}".format(name.replace("python", "Python"), version) for name, version in combination.items())


def _counted(outcomes: Dict[str, Dict[str, str]]) -> str:
    """Return "20 of 22 pass; hang: nested, cancel"."""
    by_status: Dict[str, List[str]] = {}
    for name, each in outcomes.items():
        by_status.setdefault(each["status"], []).append(name)
    told = ["{} of {} pass".format(len(by_status.pop("pass", [])), len(outcomes))]
    for status, names in sorted(by_status.items()):
        told.append(f"{status}: {', '.join(names) if len(names) <= _MOST_NAMED else len(names)}")
    return "; ".join(told)


_MOST_NAMED = 6
