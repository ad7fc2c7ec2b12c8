"""Known faults of version combinations, from ``advisories/*.toml`` of the project (see ``explain``)."""

import json
import os
from functools import lru_cache
from typing import Any, Dict, List, Optional, Sequence, Tuple

from .copies import Copy
from .errors import DamagedDataError
from .versions import Installed, satisfies

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "advisories.json")


#: From the worst on.
SEVERITIES = ("security", "hang", "silent-local", "wrong-results", "blocks", "degraded")


#: Begins a range in ``when`` that holds outside of the range that follows, and where the package is missing.
OUTSIDE = "not "


#: What is read of an advisory for other purposes than to show it.
_NEEDED = {"id": str, "severity": str, "route": str, "when": list, "mended_by": str, "remedy": dict}


@lru_cache(maxsize=None)
def _read(path: str) -> Tuple[Dict[str, Any], ...]:
    try:
        with open(path, encoding="utf-8") as stream:
            found = tuple(json.load(stream)["advisories"])
        for each in found:
            for name, kind in _NEEDED.items():
                if not isinstance(each[name], kind):
                    raise TypeError(f"{name} is {each[name]!r}")
    except Exception as exc:
        raise DamagedDataError.at(path, exc) from exc
    return found


def load() -> List[Dict[str, Any]]:
    """Return every advisory: ``id``, ``summary``, ``severity``, ``when``, ``mended_by``, ``remedy``, ``references``."""
    return list(_read(_FILE))


def holds(when: Sequence[Dict[str, str]], installed: Installed) -> bool:
    """Tell whether versions lie in at least one of an advisory's tables of ranges, all of which must hold."""
    return any(all(_lies_in(getattr(installed, name), allowed) for name, allowed in table.items()) for table in when)


def _lies_in(version: Optional[str], allowed: str) -> bool:
    if allowed.startswith(OUTSIDE):
        return not satisfies(version, allowed[len(OUTSIDE) :])
    return satisfies(version, allowed)


def applying(installed: Installed) -> List[Dict[str, Any]]:
    """Return the advisories that hold for a set of versions."""
    return [each for each in _read(_FILE) if holds(each["when"], installed)]


def remains(advisory: Dict[str, Any]) -> bool:
    """Tell whether a fault remains with this package: it is not of upstream's backend alone, nor mended by the own."""
    return advisory["route"] == "any" and not advisory["mended_by"]


def remaining(installed: Installed) -> List[Dict[str, Any]]:
    """Return the advisories that hold for a set of versions with this package too, the worst first."""
    found = [each for each in applying(installed) if remains(each)]
    return sorted(found, key=lambda each: SEVERITIES.index(each["severity"]))


def remedy(advisory: Dict[str, Any]) -> str:
    """Return the line that leads out of an advisory, or that tells more where no version does."""
    pins = " ".join("'{}{}'".format(*pair) for pair in sorted(advisory["remedy"].items()))
    return f"python -m pip install {pins}" if pins else "joblib-dask-compat explain {}".format(advisory["id"])


def faults(copy: Copy, installed: Installed) -> List[str]:
    """Return the ids of the advisories that name a fault of upstream's backend for a copy.

    The range of joblib in an advisory means the copy's version, which for a vendored one is not the installed one.
    """
    here = installed._replace(joblib=copy.version)
    return [each["id"] for each in applying(here) if each["route"] == "upstream"]
