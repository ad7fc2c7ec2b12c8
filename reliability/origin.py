"""Where, when and with what something was measured."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).resolve().parent.parent / "tools"))

import machine

STACK = {"joblib": "joblib", "sklearn": "scikit_learn", "distributed": "distributed"}


def version(site_packages: Path, name: str) -> str:
    """Return the version of what is installed in a folder, which need not be this interpreter's."""
    (found,) = site_packages.glob(f"{name}-*.dist-info")
    return found.name.removesuffix(".dist-info").partition("-")[2]


def origin(site_packages: Path, names: Mapping[str, str] = STACK) -> dict[str, Any]:
    """Return date, machine, and the versions of a stack, or of what else is named."""
    python = site_packages.parent.name.removeprefix("python")
    versions = {"python": python, **{key: version(site_packages, name) for key, name in names.items()}}
    return {**machine.described(), "versions": versions}


def stack(versions: dict[str, str]) -> str:
    """Name a stack as the matrix names its cells."""
    return "py{python}-joblib{joblib}-sklearn{sklearn}-distributed{distributed}".format(**versions)
