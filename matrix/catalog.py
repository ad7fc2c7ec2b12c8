"""The behaviours that there are, and their flags.

Behaviours are Python 3.6 modules that run inside cells; here their files are only read.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("behaviours")
SETS = ("all", "core", "quick")
# Isolated, but what it guards against is the commonest hang of all, and it is fast.
QUICK_TOO = "unpicklable"


@dataclass(frozen=True)
class Behaviour:
    """One promise, by the name of its file; see behaviours/__init__.py for the flags."""

    name: str
    isolated: bool = False
    core: bool = False
    limit: float = 15

    @property
    def quick(self) -> bool:
        """Whether CI runs it in every cell."""
        return not self.isolated or self.name == QUICK_TOO


@cache
def behaviours() -> dict[str, Behaviour]:
    """Every behaviour by its name, in the order of the names."""
    paths = sorted(FOLDER.glob("*.py"))
    return {path.stem: _read(path) for path in paths if not path.stem.startswith("_")}


def select(wanted: str) -> list[Behaviour]:
    """The behaviours of a set (all, core, quick) or of a list of names, separated by commas."""
    known = behaviours()
    if wanted in SETS:
        return [each for each in known.values() if wanted == "all" or getattr(each, wanted)]
    names = set(filter(None, wanted.split(",")))
    if unknown := names - set(known):
        raise ValueError(
            f"no such behaviour: {', '.join(sorted(unknown))}; "
            f"there are {', '.join(known)}, and the sets {', '.join(SETS)}"
        )
    return [each for name, each in known.items() if name in names]


def _read(path: Path) -> Behaviour:
    body = ast.parse(path.read_text(encoding="utf-8"), path.name).body
    if not any(isinstance(node, ast.FunctionDef) and node.name == "check" for node in body):
        raise ValueError(f"behaviours/{path.name} has no check(); a helper's name starts with _")
    flags: dict[str, Any] = {}
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            name = node.targets[0].id
            if name in ("ISOLATED", "CORE", "LIMIT"):
                flags[name.lower()] = ast.literal_eval(node.value)
    return Behaviour(path.stem, **flags)
