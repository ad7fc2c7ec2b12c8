"""What a benchmark is asked for, what it ran on, and where its figures are kept."""

import argparse
import datetime
import json
import os
import platform
from pathlib import Path
from typing import Any

import bars

from joblib_dask_compat import versions


def parser(doc: str | None, rounds: int | None = None) -> argparse.ArgumentParser:
    """Return a parser with the options of every benchmark, and its number of rounds if it has any."""
    made = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    if rounds:
        made.add_argument("--rounds", type=int, default=rounds, metavar="N")
    made.add_argument("--json", metavar="FILE", help="write the figures there instead of into results/")
    return made


def _processor() -> str:
    """Return the processor's name, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def record(name: str, figures: dict[str, Any], file: str | None = None) -> int:
    """Write figures with machine, versions and date, tell which bars they meet, and return 1 if one is missed, else 0.

    In results/, the record that was there before is kept beside the new one: two runs say more than one.
    """
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    where = {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
        "machine": {
            "system": f"{platform.system()} {platform.machine()}",
            "processor": _processor(),
            "cores": os.cpu_count(),
            "load": load and round(load, 1),  # 1 a core is a busy machine
        },
        "versions": versions()._asdict(),
    }
    path = Path(file) if file else bars.RESULTS / f"{name}.json"
    if not file and path.is_file():
        path.replace(before(path))
    path.parent.mkdir(exist_ok=True)
    text = json.dumps({**where, **figures}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    print(f"written to {path.name}")
    judged = [(row, row.judge(json.loads(text))) for row in bars.ROWS if row.record == name]
    for row, found in judged:
        bars.tell(row, found)
    return 1 if any(found is not None and not found.met for _, found in judged) else 0


def before(path: Path) -> Path:
    """Return where the record before this one is kept."""
    return path.with_suffix(".before.json")
