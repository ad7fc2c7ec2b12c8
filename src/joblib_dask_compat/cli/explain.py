"""Explain one advisory, or list them all.

Without an ID it lists the advisories, with a mark at those that hold for the versions installed here.
"""

import argparse
import difflib
import json
import textwrap
from typing import Any, Dict, Iterable, Iterator, List

from .. import advisories
from ..errors import UnknownAdvisoryError
from ..versions import DISTRIBUTIONS, versions
from . import FINE, add_format

_WIDTH = 88
_TITLES = {**DISTRIBUTIONS, "python": "Python"}
_CONCERNS = {"upstream": "upstream's backend", "any": "these versions, whatever the backend"}


def configure(command: argparse.ArgumentParser) -> None:
    command.add_argument("id", nargs="?", metavar="ID", help="as doctor names it, or an alias such as a CVE's")
    add_format(command)


def run(arguments: argparse.Namespace) -> int:
    known = {each["id"]: each for each in advisories.load()}
    chosen = [_named(arguments.id, known)] if arguments.id is not None else [known[name] for name in sorted(known)]
    if arguments.format == "json":
        print(json.dumps({"schema_version": 1, "advisories": chosen}, indent=2))
    elif arguments.id is not None:
        print("\n".join(_told(chosen[0])))
    else:
        here = {each["id"] for each in advisories.applying(versions())}
        for each in chosen:
            mark = "*" if each["id"] in here else " "
            print(mark + " {id:28} {severity:13} {summary}".format(**each))
    return FINE


def _named(name: str, known: Dict[str, Dict[str, Any]]) -> Dict[str, Any]:
    names = {each.lower(): found for found in known.values() for each in (found["id"], *found["aliases"])}
    if name.lower() in names:
        return names[name.lower()]
    close = [names[each]["id"] for each in difflib.get_close_matches(name.lower(), names)]
    meant = "; did you mean {}?".format(" or ".join(dict.fromkeys(close))) if close else "."
    raise UnknownAdvisoryError(f"There is no advisory {name!r}{meant} `joblib-dask-compat explain` lists them all.")


def _told(advisory: Dict[str, Any]) -> Iterator[str]:
    yield "{id} ({severity})".format(**advisory)
    if advisory["aliases"]:
        yield "also known as {}".format(", ".join(advisory["aliases"]))
    yield f"\n{advisory['summary']}\n"
    yield textwrap.fill(advisory["details"], _WIDTH)
    yield from _listed("\nHolds for:", map(_in_words, advisory["when"]))
    yield f"\nConcerns: {_CONCERNS[advisory['route']]}"
    yield f"With this package: {_with_us(advisory)}"
    if advisory["remedy"]:
        remains = advisories.remains(advisory)
        yield "{}: {}".format("Remedy" if remains else "Without this package", advisories.remedy(advisory))
    yield from _listed("\nSeen in:", advisory["evidence"])
    yield from _listed("\nRead more:", advisory["references"])


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    told = [f"  {line}" for line in lines]
    return iter([title, *told] if told else [])


def _with_us(advisory: Dict[str, Any]) -> str:
    if advisory["mended_by"]:
        return "avoided; proved by the behaviour {mended_by!r}".format(**advisory)
    return "holds" if advisories.remains(advisory) else "avoided"


def _in_words(table: Dict[str, str]) -> str:
    """Return "joblib <1.3 and Python >=3.12 without setuptools >=66.1"."""
    inside: List[str] = []
    outside: List[str] = []
    for name, allowed in table.items():
        told = "{} {}".format(_TITLES.get(name, name), allowed.replace(advisories.OUTSIDE, "", 1))
        (outside if allowed.startswith(advisories.OUTSIDE) else inside).append(told)
    return " without ".join([" and ".join(inside), *outside])
