"""What a benchmark is asked for, what it ran on, and where its figures are kept."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import bars

from joblib_dask_compat import versions

sys.path.append(str(Path(__file__).resolve().parent.parent / "tools"))

import machine


def parser(doc: str | None, rounds: int | None = None) -> argparse.ArgumentParser:
    """Return a parser with the options of every benchmark, and its number of rounds if it has any."""
    made = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    if rounds:
        made.add_argument("--rounds", type=int, default=rounds, metavar="N")
    made.add_argument("--json", metavar="FILE", help="write the figures there instead of into results/")
    return made


def record(name: str, figures: dict[str, Any], file: str | None = None) -> int:
    """Write figures with machine, versions and date, tell which bars they meet, and return 1 if one is missed, else 0.

    In results/, the record that was there before is kept beside the new one: two runs say more than one.
    """
    path = Path(file) if file else bars.RESULTS / f"{name}.json"
    if not file and path.is_file():
        path.replace(before(path))
    path.parent.mkdir(exist_ok=True)
    text = json.dumps({**machine.described(), "versions": versions()._asdict(), **figures}, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    print(f"written to {path.name}")
    judged = [(row, row.judge(json.loads(text))) for row in bars.ROWS if row.record == name]
    for row, found in judged:
        bars.tell(row, found)
    return 1 if any(found is not None and not found.met for _, found in judged) else 0


def before(path: Path) -> Path:
    """Return where the record before this one is kept."""
    return path.with_suffix(".before.json")
