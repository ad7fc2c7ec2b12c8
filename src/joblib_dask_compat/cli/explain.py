"""Explain one advisory, or list them all.

Without an ID it lists the advisories, with a mark at those that hold for the versions installed here.
"""

import argparse
import json
import textwrap
from typing import Any, Dict

from .. import advisories
from ..errors import UnknownAdvisoryError
from ..versions import versions
from . import FINE, add_format


def configure(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", nargs="?", metavar="ID", help="as doctor names it")
    add_format(command)


def run(arguments: argparse.Namespace) -> int:
    known = {each["id"]: each for each in advisories.load()}
    names = {name.lower(): each["id"] for each in known.values() for name in (each["id"], *each["aliases"])}
    if arguments.id is not None and arguments.id.lower() not in names:
        raise UnknownAdvisoryError(
            f"There is no advisory {arguments.id!r}.",
            "known are: {}.".format(", ".join(sorted(known))),
            "joblib-dask-compat explain",
        )
    chosen = [known[names[arguments.id.lower()]]] if arguments.id else [known[name] for name in sorted(known)]
    if arguments.format == "json":
        print(json.dumps({"schema_version": 1, "advisories": chosen}, indent=2))
    elif arguments.id:
        _tell(chosen[0])
    else:
        here = {each["id"] for each in advisories.applying(versions())}
        for each in chosen:
            mark = "*" if each["id"] in here else " "
            print(mark + " {id:28} {severity:13} {summary}".format(**each))
    return FINE


def _tell(advisory: Dict[str, Any]) -> None:
    print("{} ({})\n\n{}\n".format(advisory["id"], advisory["severity"], advisory["summary"]))
    print(textwrap.fill(" ".join(advisory.get("details", "").split()), 88))
    print("\nHolds for:")
    for both in advisory["when"]:
        print("  " + " and ".join("{} {}".format(*pair) for pair in sorted(both.items())))
    if advisory.get("mended_by"):
        print("\nThis package's own backend mends it (behaviour {!r}).".format(advisory["mended_by"]))
    if advisory.get("remedy"):
        pins = " ".join("'{}{}'".format(*pair) for pair in sorted(advisory["remedy"].items()))
        print(f"\nWithout it: python -m pip install {pins}")
    print("\nRead more:")
    for link in advisory.get("references", ()):
        print("  " + link)
