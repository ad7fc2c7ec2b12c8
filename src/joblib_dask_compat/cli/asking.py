"""How commands are told which versions they are asked about."""

import argparse
import json
import re
from typing import Any, Dict, Iterable, Optional

from packaging.specifiers import SpecifierSet

from .. import manifests
from ..errors import InputError
from ..support.records import AXES
from ..support.verdicts import Asked, exact
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


def packages(texts: Iterable[str]) -> manifests.Ranges:
    """Return the ranges in arguments like ``joblib==1.0.1``."""
    ranges: manifests.Ranges = {}
    for text in texts:
        try:
            named = manifests.requirement(text)
        except manifests.WrongError as exc:
            raise InputError(str(exc), "", "write it like joblib==1.0.1", _READ) from exc
        name = _ALIASES.get(named.name.lower(), named.name.lower())
        if name not in NAMES:
            raise InputError(
                f"{text!r} is none of the packages that were measured together",
                "",
                "name joblib, scikit-learn, distributed or python",
                _READ,
            )
        if not named.specifier:
            raise InputError(f"{text} names no version", "", f"write it like {name}==1.0.1", _READ)
        found = ranges.get(name, SpecifierSet()) & named.specifier
        ranges[name] = SpecifierSet("==" + python_version(found)) if name == "python" else found
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


def companions(pinned: Dict[str, str]) -> Dict[str, str]:
    """Return the versions of what moves with the axes, by the names of `Installed`."""
    return {name: pinned[known] for name, known in DISTRIBUTIONS.items() if name not in AXES and known in pinned}


def named(asked: Asked) -> Dict[str, str]:
    """Return what is asked for by the names that the package index has, for JSON."""
    return {DISTRIBUTIONS.get(axis, axis): str(asked[axis]) for axis in AXES if axis in asked}


def print_json(told: Dict[str, Any]) -> None:
    """Print a document of ``--format json``."""
    print(json.dumps({"schema_version": 1, **told}, indent=2))
