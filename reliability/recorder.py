"""What tests of faults state, kept as the record of a stack."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from faults import COMPLETES, FAULTS
from origin import origin, stack


class Recorder:
    """The figures of a run of tests."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, list[Any]]] = {}
        self.slow_link: dict[str, Any] = {}  #: what searches over a slow link sent, and how long they took

    def __call__(
        self, fault: str, seconds: float, outcome: Collection[str] = (COMPLETES,), times: int = 1, lost: int = 0
    ) -> None:
        """State what came of a fault, as the last thing in a test: what is recorded has passed.

        Parameters
        ----------
        fault : str
            Its name in `faults.FAULTS`.
        seconds : float
            From the fault, the last one of several, until the call completed or raised.
        outcome : collection of str
            `faults.COMPLETES`, `faults.RESTS`, or the names of the classes of the error that was raised.
        times : int
            How often the fault happened.
        lost : int
            Results that the caller neither got nor was told of by an error.
        """
        answers = [each for each in FAULTS[fault].answers if each in outcome]
        assert answers, f"{fault} must not end in {outcome}"
        figures = {"times": times, "lost": lost, "seconds": round(seconds, 2), "outcome": answers[0]}
        for name, figure in figures.items():
            self._found.setdefault(fault, {}).setdefault(name, []).append(figure)

    def write(self, folder: Path, site_packages: Path) -> None:
        """Write the record of a stack anew, if anything was stated."""
        if not self._found:
            return
        told = origin(site_packages)
        faults = {
            name: {
                "times": sum(found["times"]),
                "lost": sum(found["lost"]),
                "seconds": sorted(found["seconds"]),
                "outcomes": sorted(set(found["outcome"])),
            }
            for name in FAULTS
            if (found := self._found.get(name))
        }
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{stack(told['versions'])}.json"
        record = {**told, "faults": faults, **({"slow_link": self.slow_link} if self.slow_link else {})}
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
