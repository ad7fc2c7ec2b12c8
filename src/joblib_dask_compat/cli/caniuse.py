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
from ..support.records import Record, Support
from ..support.verdicts import RECORDED, UNTESTED, Asked, Judge, Verdict, exact
from . import FINDINGS, FINE, UNDECIDED, add_format, asking


def configure(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "packages",
        nargs="*",
        metavar="PKG==V",
        help="joblib, scikit-learn, distributed, or what moves with them ({}); or a range".format(
            ", ".join(records.COMPANIONS.values())
        ),
    )
    asking.add_python(command, "the Python; default: any, or the file's")
    source = command.add_mutually_exclusive_group()
    source.add_argument("--requirements", dest="file", metavar="FILE", help="requirements.txt or environment.yml")
    source.add_argument("--lock", dest="file", metavar="FILE", help="uv.lock, poetry.lock, pylock.toml or Pipfile.lock")
    source.add_argument("--env", action="store_true", help="the running environment")
    add_format(command)


def run(arguments: argparse.Namespace) -> int:
    found = _found(arguments)
    asked, companions = asking.axes(found.ranges), asking.companions(found.ranges, complete=arguments.env)
    support = records.load()
    judge = Judge(support)
    verdict = _less_bold(judge.verdict(asked, companions), found)
    report = _report(asked, found, verdict, None if verdict.works else judge.nearest(asked))
    report["notes"] = _notes(found, support)
    if arguments.format == "json":
        asking.print_json(report)
    else:
        _tell(report)
    return {True: FINE, False: FINDINGS, None: UNDECIDED}[verdict.works]


def _found(arguments: argparse.Namespace) -> manifests.Manifest:
    """Return what is asked about: arguments go before what a file or the environment has."""
    asked = asking.python(arguments.python)
    texts = [*arguments.packages, *([f"python=={asked}"] if asked else [])]
    named = asking.packages(texts, beside=list(records.COMPANIONS.values()))
    python = exact(named["python"]) if "python" in named else None
    found = manifests.read(arguments.file, python) if arguments.file else manifests.Manifest(python)
    if arguments.env:
        found.ranges.update(manifests.environment())
    found.ranges.update(named)
    if not set(asking.NAMES) & (set(found.ranges) - {"python"}):
        where = f"{arguments.file} names" if arguments.file else "the environment has" if arguments.env else "you named"
        raise InputError(
            f"{where} none of joblib, scikit-learn and distributed",
            "",
            "ask like caniuse joblib==1.6.0 distributed==2026.8.0",
        )
    return found


def _less_bold(verdict: Verdict, found: manifests.Manifest) -> Verdict:
    """Return a verdict that does not say "works" of a package of which the version could not be read."""
    unread = [each for each in found.notes if each.package in asking.NAMES and each.package not in found.ranges]
    if not verdict.works or not unread:
        return verdict
    reasons = tuple(f"which {each.package} this is was not read: {each.what}" for each in unread)
    return verdict._replace(verdict=UNTESTED, works=None, combination=None, record=None, reasons=reasons)


def _notes(found: manifests.Manifest, support: Support) -> List[Dict[str, str]]:
    """Return the notes on a file that may matter: not those on packages that are no part of any combination."""
    measured = {None, *(name for record in support.working for name in record.pins)}
    notes = [each for each in (*found.notes, *found.left_out) if each.package in measured]
    return [{"what": each.what, "why": each.why} for each in notes]


def _report(asked: Asked, found: manifests.Manifest, verdict: Verdict, nearest: Optional[Record]) -> Dict[str, Any]:
    record = verdict.record
    return {
        "asked": asking.named(asked),
        "companions": {name: str(found.ranges[name]) for name in records.COMPANIONS.values() if name in found.ranges},
        "verdict": verdict.verdict,
        "works": verdict.works,
        "combination": verdict.combination and verdict.combination.named,
        "among": verdict.among,
        "reasons": list(verdict.reasons),
        "record": record and _described(record),
        "other_versions": _other_versions(record, found.ranges),
        "advisories": _advisories(verdict, found.ranges),
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


def _other_versions(record: Optional[Record], asked: manifests.Ranges) -> List[Dict[str, str]]:
    """Return the packages that were measured in another version than the file or environment has."""
    return [
        {"package": name, "asked": exact(asked[name]) or str(asked[name]), "recorded": pinned}
        for name, pinned in sorted(record.pins.items() if record else ())
        if name in asked and not asked[name].contains(pinned, prereleases=True)
    ]


def _advisories(verdict: Verdict, asked: manifests.Ranges) -> List[Dict[str, Any]]:
    """Return the advisories for a combination with the companions asked for, else with those it was measured with."""
    if verdict.combination is None:
        return []
    companions = records.companions({**(verdict.record.pins if verdict.record else {}), **asking.pinned(asked)})
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
    # a record that has other companions than was asked tells neither when nor how this was measured
    measured = record if record and (report["verdict"] == RECORDED or not record["columns"]) else {}
    when = " on {date}".format(**measured) if measured else ""
    print("{}: {}{}".format(_ANSWERS[report["works"]], report["verdict"], when))
    if combination:
        if report["among"] > 1 and not report["works"]:
            print("  of {among:,} combinations that are meant, none is known to work; of one of them:".format(**report))
        print("  " + _in_words(combination))
    for reason in report["reasons"]:
        print(f"  {reason}")
    for column, outcomes in measured.get("columns", {}).items():
        print(f"  {column:9} {_counted(outcomes)}")
    for each in report["other_versions"]:
        print("  measured with {package} {recorded}, not {asked}".format(**each))
    for each in report["notes"]:
        print("  {what}: {why}".format(**each))
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
