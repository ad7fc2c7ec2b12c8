"""What tests of faults state, kept as the record of a stack."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Hashable, Iterable
from pathlib import Path
from typing import Any

from faults import COMPLETES, FAULTS
from origin import origin, stack


def missing(wanted: Iterable[Hashable], got: Iterable[Hashable]) -> int:
    """Return how many of the wanted results did not come, or came as something else."""
    return (Counter(wanted) - Counter(got)).total()


#: How much longer than agreed an answer may take where nothing is recorded: on a machine that does other work, too.
BUSY = 4


class Recorder:
    """The figures of a run of tests.

    Parameters
    ----------
    patience : float
        How often the seconds that were agreed an answer may take.
    """

    def __init__(self, patience: float = 1) -> None:
        self._patience = patience
        self._found: dict[str, dict[str, list[Any]]] = {}
        self.slow_link: dict[str, Any] = {}  #: what searches over a slow link sent, and how long they took

    def __call__(
        self, fault: str, seconds: float, outcome: Collection[str] = (COMPLETES,), times: int = 1, lost: int = 0
    ) -> None:
        """State what came of a fault, then hold it against what was agreed: what misses that is recorded, too.

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
            Results that the caller neither got nor was told of by an error: see `missing`.
        """
        agreed = FAULTS[fault]
        answers = [each for each in agreed.answers if each in outcome]
        assert answers, f"{fault} must not end in {outcome}"
        figures = {"times": times, "lost": lost, "seconds": round(seconds, 2), "outcome": answers[0]}
        for name, figure in figures.items():
            self._found.setdefault(fault, {}).setdefault(name, []).append(figure)
        assert not lost, f"{fault}: {lost} results are lost"
        within = self._patience * agreed.within
        assert seconds <= within, f"{fault}: {seconds:.1f} s until the answer, more than {within:g}"

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
