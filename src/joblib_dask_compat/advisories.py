"""Known faults of version combinations, from ``advisories/*.toml`` of the project (see ``explain``)."""

import json
import os
from typing import Any, Dict, List

from .copies import Copy
from .versions import Installed, matches

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "data", "advisories.json")


def load() -> List[Dict[str, Any]]:
    """Return every advisory: ``id``, ``summary``, ``severity``, ``when``, ``mended_by``, ``remedy``, ``references``."""
    with open(_FILE, encoding="utf-8") as stream:
        return list(json.load(stream)["advisories"])


def applying(installed: Installed) -> List[Dict[str, Any]]:
    """Return the advisories that hold for a set of versions."""
    return [each for each in load() if matches(installed, tuple(each["when"]))]


def faults(copy: Copy, installed: Installed) -> List[str]:
    """Return the ids of the advisories that name a fault of upstream's backend for a copy.

    The range of joblib in an advisory means the copy's version, which for a vendored one is not the installed one.
    """
    here = installed._replace(joblib=copy.version)  # type: ignore[call-arg]
    return [each["id"] for each in applying(here) if each["route"] == "upstream"]
