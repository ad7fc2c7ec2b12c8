"""When and on which machine something was measured, as the records of benchmarks/ and reliability/ keep it."""

from __future__ import annotations

import datetime
import os
import platform
from pathlib import Path
from typing import Any


def described() -> dict[str, Any]:
    """Return date and machine."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": _processor(),
            "cores": os.cpu_count(),
            "load": load and round(load, 1),  # 1 a core is a busy machine
        },
    }


def _processor() -> str:
    """Return the processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
