"""How commands are told which versions they are asked about."""

import argparse
import json
import re
from typing import Any, Dict, Iterable, Optional, Sequence

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from .. import manifests
from ..errors import InputError
from ..support.records import AXES, COMPANIONS
from ..support.verdicts import Asked, Companions, exact
from ..versions import DISTRIBUTIONS

#: What the axes are called on the command line and in files.
NAMES = {DISTRIBUTIONS.get(axis, axis): axis for axis in AXES}
_ALIASES = {"sklearn": "scikit-learn"}

_READ = "docs/errors.md#input"


def add_python(command: argparse.ArgumentParser, meaning: str) -> None:
    """Add ``--python``."""
    command.add_argument("--python", metavar="V", help=meaning)


def python(text: Optional[str]) -> Optional[str]:
    """Return the minor version in what was given for ``--python``."""
    if text is None:
        return None
    found = re.fullmatch(r"([0-9]{1,3}\.[0-9]{1,3})(\.[0-9]{1,3})?", text)
    if found is None:
        raise InputError(f"--python {text!r} is no version of Python", "", "write it like --python 3.8", _READ)
    return found.group(1)


def requirement(text: str, example: str) -> Requirement:
    """Return what an argument like ``joblib==1.0.1`` names, by the name that the package index has."""
    try:
        named = manifests.requirement(text)
    except manifests.WrongError as exc:
        raise InputError(str(exc), "", f"write it like {example}", _READ) from exc
    if named.url or named.marker:
        raise InputError(f"{text!r} names more than a range of versions", "", f"write it like {example}", _READ)
    name = str(canonicalize_name(named.name))
    named.name = _ALIASES.get(name, name)
    return named


def packages(texts: Iterable[str], beside: Sequence[str] = ()) -> manifests.Ranges:
    """Return the ranges in arguments like ``joblib==1.0.1``; packages of other names than the axes may be `beside`."""
    ranges: manifests.Ranges = {}
    for text in texts:
        named = requirement(text, "joblib==1.0.1")
        if named.name not in NAMES and named.name not in beside:
            also = "; beside them {}".format(", ".join(beside)) if beside else ""
            raise InputError(
                f"{text!r} is none of the packages that were measured together",
                "",
                f"name joblib, scikit-learn, distributed or python{also}",
                _READ,
            )
        if not named.specifier:
            raise InputError(f"{text} names no version", "", f"write it like {named.name}==1.0.1", _READ)
        found = ranges.get(named.name, SpecifierSet()) & named.specifier
        if manifests.contradictory(found):
            raise InputError(f"no version of {named.name} is {found}", "", "name one range of it", _READ)
        ranges[named.name] = SpecifierSet("==" + python_version(found)) if named.name == "python" else found
    return ranges


def python_version(ranges: SpecifierSet) -> str:
    """Return the minor version of Python in an argument like ``python==3.8``."""
    version = exact(ranges)
    if version is None:
        raise InputError(f"python{ranges} names no version of Python", "", "write it like python==3.8", _READ)
    return str(python(version))


def axes(ranges: manifests.Ranges) -> Asked:
    """Return what is asked for of the axes."""
    return {axis: ranges[name] for name, axis in NAMES.items() if name in ranges}


def pinned(ranges: manifests.Ranges) -> Dict[str, str]:
    """Return the packages of which exactly one version is named."""
    found = {name: exact(each) for name, each in ranges.items() if name != "python"}
    return {name: version for name, version in found.items() if version is not None}


def companions(ranges: manifests.Ranges, complete: bool = False) -> Companions:
    """Return what is named of the packages that move with the axes; of a `complete` set, those that it lacks too."""
    known = {name: ranges.get(COMPANIONS[name]) for name in COMPANIONS}
    return {name: found for name, found in known.items() if found is not None or complete}


def named(asked: Asked) -> Dict[str, str]:
    """Return what is asked for by the names that the package index has, for JSON."""
    return {DISTRIBUTIONS.get(axis, axis): str(asked[axis]) for axis in AXES if axis in asked}


def print_json(told: Dict[str, Any]) -> None:
    """Print a document of ``--format json``."""
    print(json.dumps({"schema_version": 1, **told}, indent=2))
