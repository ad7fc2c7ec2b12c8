"""What a benchmark ran on, and where its figures are kept."""

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from joblib_dask_compat import versions

RESULTS = Path(__file__).parent / "results"


def _processor():
    """Return the processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def record(name, figures):
    """Write figures to results/, with machine, versions and date."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    where = {
        "date": datetime.now(UTC).strftime("%Y-%m-%d"),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": _processor(),
            "cores": os.cpu_count(),
            "load": load and round(load, 1),  # 1 a core is a busy machine
        },
        "versions": versions()._asdict(),
    }
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps({**where, **figures}, indent=2) + "\n", encoding="utf-8")
    print(f"written to benchmarks/results/{path.name}")
