"""Ranges of versions, as files and arguments name them."""

import re
from typing import Dict

from packaging.requirements import Requirement
from packaging.specifiers import Specifier, SpecifierSet
from packaging.version import Version

#: Ranges by the name of the package; ``python`` is one of them.
Ranges = Dict[str, SpecifierSet]


class WrongError(Exception):
    """Something in a file is not as its format has it; says what and where."""


def specifiers(text: str) -> SpecifierSet:
    """Return a range; every version in it is one, which older releases of packaging do not check."""
    try:
        found = SpecifierSet(text)
        for each in found:
            _end(each)
    except ValueError:  # also that of `int`, for thousands of digits
        raise WrongError(f"{text!r} is no range of versions") from None
    return found


def requirement(text: str) -> Requirement:
    """Return a requirement such as ``joblib==1.0.1``; what `specifiers` says of ranges holds here too."""
    try:
        found = Requirement(text)
        specifiers(str(found.specifier))
    except (ValueError, WrongError):
        raise WrongError(f"{text!r} is no requirement") from None
    return found


def contradictory(ranges: SpecifierSet) -> bool:
    """Tell whether no version can lie in a range: neither an end of it, nor what comes right behind one, nor 0."""
    ends = [end for each in ranges for end in (_end(each).base_version, _end(each).base_version + ".0.1", each.version)]
    return not any(ranges.contains(end, prereleases=True) for end in ["0", *ends] if not end.endswith(".*"))


def minors(ranges: SpecifierSet) -> SpecifierSet:
    """Return a range of Pythons in terms of minor versions, which are what is measured: those with a release in it."""
    return SpecifierSet(",".join(filter(None, map(_minor, ranges))))


def _minor(each: Specifier) -> str:
    release = _end(each).release
    minor, patch = ".".join(map(str, release[:2])), release[2:]
    if each.version.endswith(".*") and len(release) == 1:
        return f"{each.operator}{minor}.*"
    if each.operator == "!=":
        return f"!={minor}" if each.version.endswith(".*") and not patch else ""
    if each.operator == "~=":
        return f"=={minor}" if patch else f">={minor},=={release[0]}.*"
    return {">": ">=", "===": "==", "<": "<=" if any(patch) else "<"}.get(each.operator, each.operator) + minor


def _end(each: Specifier) -> Version:
    return Version(re.sub(r"\.\*$", "", each.version))
