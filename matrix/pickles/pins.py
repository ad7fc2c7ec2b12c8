#!/usr/bin/env python3
"""Install the versions that OldPickleError names, and see that old pickles load there.

    python matrix/pickles/pins.py [VERSION ...]

Each line of the table PINS in joblib_dask_compat/legacy/limits.py is given to the installer as the error gives it to
the user. Every file of tests/legacy/data then loads with the same results as when it was written, or is refused; those
of the same scikit-learn all load. Needs `uv`, and the Pythons.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "matrix"), str(ROOT / "src")]
import environments  # noqa: E402
from joblib_dask_compat.legacy import limits  # noqa: E402

DATA = ROOT / "tests" / "legacy" / "data"
SCRIPT = Path(__file__).with_name("estimators.py")
OWN = ["packaging", "importlib-metadata; python_version < '3.8'"]  # what this package requires


def installed(pins: limits.Pins, folder: Path) -> Path:
    """An interpreter with these versions, taken from the index of today."""
    python = folder / "bin" / "python"
    output("uv", "venv", "--quiet", "--python", environments.find_python(pins.python), folder)
    requirements = [f"scikit-learn=={pins.sklearn}", *pins.also.split(), "joblib", *OWN]
    only = [f"--only-binary={name}" for name in ("numpy", "scipy", "scikit-learn")]
    output("uv", "pip", "install", "--quiet", "--python", python, *only, *requirements)
    return python


def output(*command: object) -> str:
    environ = os.environ | {"PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    arguments = list(map(str, command))
    return subprocess.run(arguments, check=True, capture_output=True, text=True, env=environ).stdout


def wrong(pins: limits.Pins) -> list[str]:
    """What is wrong with a line of the table."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            python = installed(pins, Path(folder) / "venv")
            for written in sorted(DATA.iterdir()):
                told = json.loads(output(python, "-W", "ignore", SCRIPT, "read", written))
                for name, outcome in told.items():
                    refused = outcome.startswith("refused: ") and written.name != pins.sklearn
                    if outcome != "as before" and not refused:
                        found.append(f"scikit-learn {pins.sklearn}: {name} of {written.name}: {outcome}")
        except subprocess.CalledProcessError as exc:
            found.append(f"scikit-learn {pins.sklearn}: {exc.stderr.strip()[-1000:]}")
    return found


def main() -> int:
    rows = [pins for pins in limits.PINS if len(sys.argv) == 1 or pins.sklearn in sys.argv[1:]]
    findings = []
    for pins in rows:
        found = wrong(pins)
        print(
            f"scikit-learn {pins.sklearn} on Python {pins.python}: {'wrong' if found else 'loads them'}",
            file=sys.stderr,
        )
        findings += found
    print("\n".join(findings))
    return 1 if findings or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
