"""Versions as people group them: lines, as plan.py has them, and eras of distributed."""

from __future__ import annotations

from collections.abc import Iterable

from packaging.version import Version

import releases
from plan import line

AXES = ("python", "joblib", "scikit-learn", "distributed")
# distributed before its calendar releases, by what changed in them, each with the release that ends it; later
# ones go by the year.
ERAS = (
    ("1.20-1.23", "1.24"),  # up to the last working distributed.joblib
    ("1.24-1.28", "2"),
    ("2.0-2.9", "2.10"),  # up to the change to asyncio's TimeoutError
    ("2.10-2020.12", "2021"),
)


def era(distributed: str) -> str:
    """The era of a distributed release, a column of a table that still fits on a page."""
    version = Version(distributed)
    return next((name for name, end in ERAS if version < Version(end)), str(version.release[0]))


def eras() -> list[str]:
    """All eras, oldest first."""
    return list(dict.fromkeys(map(era, known("distributed"))))


def known(package: str) -> list[str]:
    """Every release of a package that releases.json has, oldest first."""
    return list(releases.load().get(package, ()))


def lines(package: str, measured: Iterable[str] = ()) -> list[str]:
    """Every line of a package, oldest first; `measured` has releases that are too new for releases.json."""
    return list(dict.fromkeys(line(package, version) for version in ordered({*known(package), *measured})))


def ordered(versions: Iterable[str]) -> list[str]:
    """Versions, oldest first."""
    return sorted(versions, key=Version)


def span(package: str, measured: Iterable[str]) -> str:
    """The oldest and the newest line of some releases, with a hyphen that does not break: '1.2', '1.2-1.4'."""
    found = [line(package, version) for version in ordered(measured)]
    return found[0] if found[0] == found[-1] else f"{found[0]}\u2011{found[-1]}"
