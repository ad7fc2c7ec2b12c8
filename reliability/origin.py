"""Where, when and with what something was measured."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path
from typing import Any

STACK = {"joblib": "joblib", "sklearn": "scikit_learn", "distributed": "distributed"}


def version(site_packages: Path, name: str) -> str:
    """Return the version of what is installed in a folder, which need not be this interpreter's."""
    (found,) = site_packages.glob(f"{name}-*.dist-info")
    return found.name.removesuffix(".dist-info").partition("-")[2]


def origin(site_packages: Path) -> dict[str, Any]:
    """Return date, machine, and the versions of a stack."""
    python = site_packages.parent.name.removeprefix("python")
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": _processor(),
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 1),  # 1 a core is a busy machine
        },
        "versions": {"python": python, **{key: version(site_packages, name) for key, name in STACK.items()}},
    }


def stack(versions: dict[str, str]) -> str:
    """Name a stack as the matrix names its cells."""
    return "py{python}-joblib{joblib}-sklearn{sklearn}-distributed{distributed}".format(**versions)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
