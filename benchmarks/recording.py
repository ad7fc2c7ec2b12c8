"""How a benchmark's figures are kept: as JSON, with the machine, the versions and the date."""

from __future__ import annotations

import datetime
import json
import os
import platform
from pathlib import Path
from typing import Any

from joblib_dask_compat import versions

RESULTS = Path(__file__).with_name("results")


def record(name: str, figures: dict[str, Any]) -> None:
    """Print figures and write them to results/NAME.json."""
    kept = {
        "generated": f"by benchmarks/{name}.py; do not edit",
        "date": datetime.date.today().isoformat(),
        "machine": {"processors": os.cpu_count(), "system": platform.system(), "architecture": platform.machine()},
        "versions": versions()._asdict(),
        "figures": figures,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(kept, indent=2)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    for figure, value in figures.items():
        print(f"{figure:45} {value}")
