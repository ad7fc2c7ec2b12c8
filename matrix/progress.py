"""Show how far a sweep is."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any

from cells import Cell
from measure import GOOD, Outcome
from records import OURS


class Progress:
    """Says what was seen, in plain lines; below them, on a terminal, a bar."""

    def __init__(self, total: int) -> None:
        self._lock = threading.Lock()
        self._total = total
        self._done = 0
        self._red = 0
        self._bar = self._make_bar(total) if sys.stderr.isatty() else None

    def column(self, cell: Cell, column: str, outcomes: Mapping[str, Outcome], seconds: float) -> None:
        counts = Counter(outcome["status"] for outcome in outcomes.values())
        told = [f"{counts[status]} {status}" for status in GOOD if counts[status]]
        red = [f"{name} {each['status']}" for name, each in outcomes.items() if each["status"] not in GOOD]
        if column == OURS:  # of the others, much is known to fail
            self._red += len(red)
        self.say(f"{cell} {column}: {', '.join(told + red)} ({seconds:.0f} s)")

    def say(self, text: str) -> None:
        with self._lock:
            line = f"[{self._done + 1}/{self._total}] {text}"
            if self._bar is None:
                print(line, file=sys.stderr, flush=True)
            else:
                self._bar.write(line, file=sys.stderr)

    def done(self) -> None:
        """A cell is done."""
        with self._lock:
            self._done += 1
            if self._bar is not None:
                self._bar.set_postfix(failures=self._red, refresh=False)
                self._bar.update()

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()

    def _make_bar(self, total: int) -> Any:
        try:
            from tqdm import tqdm
        except ModuleNotFoundError:  # it is no more than nice to have
            return None
        return tqdm(total=total, unit="cell")
