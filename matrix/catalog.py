"""The behaviours that there are, and their flags.

Behaviours are Python 3.6 modules that run inside cells; here their files are only read.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("behaviours")
SETS = ("all", "core", "quick")
FLAGS = {"ISOLATED": (bool,), "CORE": (bool,), "LAST": (bool,), "LIMIT": (int, float)}
# Isolated, but what it guards against is the commonest hang of all, and it is fast.
QUICK_TOO = "unpicklable"


@dataclass(frozen=True)
class Behaviour:
    """One promise, by the name of its file; see behaviours/__init__.py for the flags."""

    name: str
    isolated: bool = False
    core: bool = False
    last: bool = False
    limit: float = 15
    promise: str = ""  # the first line of the docstring

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
    tree = ast.parse(path.read_text(encoding="utf-8"), path.name)
    if not any(isinstance(node, ast.FunctionDef) and node.name == "check" for node in tree.body):
        raise ValueError(f"behaviours/{path.name} has no check(); a helper's name starts with _")
    try:
        flags = _flags(tree)
    except ValueError as exc:
        raise ValueError(f"behaviours/{path.name}: {exc}") from exc
    promise = (ast.get_docstring(tree) or "").partition("\n")[0]
    return Behaviour(path.stem, promise=promise, **flags)


def _flags(tree: ast.Module) -> dict[str, Any]:
    """The flags that a module sets. One that would be overlooked is an error, for nobody would heed it."""
    plain: list[tuple[str, ast.expr]] = []
    for node in tree.body:
        if isinstance(node, ast.Assign):
            plain += [(target.id, node.value) for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and node.value and isinstance(node.target, ast.Name):
            plain.append((node.target.id, node.value))
    names, assigned = [name for name, _ in plain], list(_assigned(tree))
    for name in assigned:
        meant = difflib.get_close_matches(name.upper(), FLAGS, n=1, cutoff=0.8)
        if meant and (name not in FLAGS or assigned.count(name) > names.count(name)):
            raise ValueError(f"{name} is read as no flag; write `{meant[0]} = ...`, once and not indented")
    return {name.lower(): _value(name, node) for name, node in plain if name in FLAGS}


def _value(name: str, node: ast.expr) -> Any:
    value = ast.literal_eval(node)
    if type(value) not in FLAGS[name] or value < 0:
        raise ValueError(f"{name} is {value!r}, not of type {' or '.join(kind.__name__ for kind in FLAGS[name])}")
    return value


def _assigned(tree: ast.Module) -> Iterator[str]:
    """The names that a module binds outside its functions and classes."""
    outside = [node for node in tree.body if not isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    for node in (inner for statement in outside for inner in ast.walk(statement)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
