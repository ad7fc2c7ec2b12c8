"""Find a way from one combination of versions to another, through combinations that were measured and work.

One package moves at a step, with its companions; the step says what it changes for you. It starts from the running
environment unless --from names versions, and ends at the newest combination or at what --to names; what neither names
may be anything. Exit code 1, there is no way.
"""

import argparse
import sys
from typing import Any, Dict, List, Optional, Sequence, Tuple

from packaging.specifiers import SpecifierSet

from .. import advisories, manifests
from ..errors import InputError
from ..support import features, paths, pins, records
from ..support.paths import Step
from ..support.records import AXES, Combination, Support, title
from ..support.verdicts import Asked, Judge, exact
from ..versions import DISTRIBUTIONS
from . import FINDINGS, FINE, add_format, asking

NEWEST = "newest"


def configure(command: argparse.ArgumentParser) -> None:
    command.add_argument("--to", nargs="+", required=True, metavar="PKG==V", help=f"where to; or {NEWEST!r}")
    command.add_argument("--from", nargs="+", dest="start", metavar="PKG==V", help="default: what is installed")
    asking.add_python(command, "the Python to start from; default: the running one, or the newest that --from allows")
    command.add_argument("--plot", metavar="FILE", help="draw the way into a file: .png, .svg, .pdf (needs matplotlib)")
    add_format(command)


def run(arguments: argparse.Namespace) -> int:
    support = records.load()
    asked = _target(arguments.to, support)
    start, installed = _start(arguments, support)
    steps = paths.find(support, start, asked)
    report = _report(start, asked, steps, installed)
    if arguments.format == "json":
        asking.print_json(report)
    elif steps is not None:
        _tell(report)
    if steps is None:
        print(
            f"no way: from {start}, nothing that was measured and works leads to {_listed(asking.named(asked))}",
            file=sys.stderr,
        )
    if arguments.plot and steps:
        from ..support import picture

        picture.draw(start, steps, arguments.plot)
    return FINE if steps is not None else FINDINGS


def _target(texts: Sequence[str], support: Support) -> Asked:
    if list(texts) == [NEWEST]:
        newest = paths.newest(support)
        return {axis: SpecifierSet("==" + getattr(newest, axis)) for axis in AXES[1:]}
    asked = asking.axes(asking.packages(texts))
    _check_known("--to", asked, support)
    return asked


def _check_known(option: str, asked: Asked, support: Support) -> None:
    unknown = list(Judge(support).unknown(asked))
    if unknown:
        raise InputError(f"{option}: {'; '.join(unknown)}")


def _start(arguments: argparse.Namespace, support: Support) -> Tuple[Combination, Dict[str, str]]:
    """Return where the way starts, and what is installed there, as far as that is known."""
    python = asking.python(arguments.python)
    named = asking.packages([*(arguments.start or ()), *([f"python=={python}"] if python else [])])
    found = named if arguments.start else {**manifests.environment(), **named}
    asked = asking.axes(found)
    missing = [title(axis) for axis in AXES if axis not in asked]
    if arguments.start:
        _check_known("--from", asked, support)
    elif missing:
        raise InputError(
            "this environment has no {}".format(", ".join(missing)), "", "name where to start: --from joblib==1.0.1 ..."
        )
    given = {axis: exact(ranges) for axis, ranges in asked.items()}
    if missing or None in given.values():
        start = Judge(support).verdict(asked).combination
        assert start is not None, "some known releases are all that is asked for"
    else:
        start = Combination(**{axis: support.spelled(axis, str(each)) or str(each) for axis, each in given.items()})
    record = support.by_combination.get(start)
    return start, asking.pinned(found) if not arguments.start else record.pins if record else {}


def _report(start: Combination, asked: Asked, steps: Optional[List[Step]], installed: Dict[str, str]) -> Dict[str, Any]:
    told: List[Dict[str, Any]] = []
    for step in steps or ():
        told.append(_described(step, installed))
        installed = step.record.pins
    return {"from": start.named, "to": asking.named(asked), "found": steps is not None, "steps": told}


def _described(step: Step, installed: Dict[str, str]) -> Dict[str, Any]:
    after = step.record.combination
    changed = pins.changes(step.record.pins, installed)
    before, now = (
        {each["id"]: each for each in advisories.remaining(there)}
        for there in (step.before.installed(**records.companions(installed)), step.record.installed())
    )
    return {
        "moved": [
            {"package": DISTRIBUTIONS.get(axis, axis), "from": getattr(step.before, axis), "to": getattr(after, axis)}
            for axis in step.moved
        ],
        "combination": after.named,
        "cell": after.cell,
        "date": step.record.date,
        "pins": dict(sorted(step.record.pins.items())),
        "install": pins.to_install(step.record),
        "command": _command(step, {name: pinned for name, (_, pinned) in changed.items()}, installed),
        "changes": [dict(each._asdict()) for each in features.changes(step.before, after)],
        "advisories": {
            "begin": sorted(set(now) - set(before)),
            "end": sorted(set(before) - set(now)),
        },
    }


def _command(step: Step, changed: Dict[str, str], installed: Dict[str, str]) -> str:
    """Return the line that takes the step: into a new environment where Python moves."""
    after = step.record.combination
    if "python" in step.moved:
        kept = " ".join(f"{name}=={version}" for name, version in after.named.items() if name != "python")
        return (
            f"joblib-dask-compat pins --python {after.python} --keep {kept} > pins.txt && "
            f"python{after.python} -m venv py{after.python} && "
            f"py{after.python}/bin/python -m pip install -r pins.txt joblib-dask-compat"
        )
    install = "python -m pip install {}".format(" ".join(f"{name}=={version}" for name, version in changed.items()))
    renamed = [old for old, new in _RENAMED.items() if old in installed and new in changed]
    return f"python -m pip uninstall -y {renamed[0]} && {install}" if renamed else install


#: Packages that were renamed: both have the same modules, and installing one does not remove the other.
_RENAMED = {"msgpack-python": "msgpack"}


def _tell(report: Dict[str, Any]) -> None:
    print(f"from {_listed(report['from'])}")
    for number, step in enumerate(report["steps"], 1):
        moved = ", ".join("{package} {from} -> {to}".format(**each) for each in step["moved"])
        print(f"\n{number}. {moved}")
        if len(step["moved"]) > 1:
            print("   together: no combination between was measured")
        print(f"   to {_listed(step['combination'])} (measured on {step['date']})")
        for each in step["changes"]:
            instead = f"; instead: {each['instead']}" if each["instead"] else ""
            print(f"   {each['kind']:10} {each['what']}{instead}")
        for change, ids in step["advisories"].items():
            if ids:
                print(f"   {change:10} advisories {', '.join(ids)}")
        print(f"   {step['command']}")
    if not report["steps"]:
        print("nothing has to move: this was measured, and works")


def _listed(versions: Dict[str, str]) -> str:
    return ", ".join(f"{name.replace('python', 'Python')} {version}" for name, version in versions.items())
