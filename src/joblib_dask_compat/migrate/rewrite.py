"""Carrying out a plan: one libcst transformer, which also tidies up after it."""

import itertools
from typing import Any, Dict, List, Optional, Sequence, Set

import libcst as cst

from .decisions import is_import
from .imports import Import, imported
from .plan import Plan


class Rewriter(cst.CSTTransformer):
    """Puts what a plan says in the place of what is there.

    Parameters
    ----------
    plan : Plan
    barrier : str, optional
        The beginning of a name that stands between two cells of a notebook. Of two equal imports in two cells neither
        is superfluous.
    """

    def __init__(self, plan: Plan, barrier: Optional[str] = None) -> None:
        super().__init__()
        self.plan = plan
        self.barrier = barrier
        self._made: Set[Any] = set()
        self._vacated: Set[Any] = set()
        self._leaving = {
            cst.SimpleStatementLine: self._line,
            cst.SimpleStatementSuite: self._suite,
            cst.IndentedBlock: self._block,
            cst.Module: lambda _, module: self._tidied(module),
            cst.Try: self._ladder,
        }

    def on_leave(self, original_node: Any, updated_node: Any) -> Any:
        """Return what takes the place of a node."""
        updated_node = super().on_leave(original_node, updated_node)
        if original_node in self.plan.edits:
            return self.plan.edits[original_node](updated_node)
        leave = self._leaving.get(type(original_node))
        return updated_node if leave is None else leave(original_node, updated_node)

    # -- statements

    def _line(self, original: Any, updated: Any) -> Any:
        small = self._small(original, updated)
        if small is None:
            return updated
        inside = [line for each in original.body for line in self.plan.comments.get(each, ())]
        updated = updated.with_changes(leading_lines=[*updated.leading_lines, *inside])
        if not small:
            return self._vacant(updated.leading_lines)
        if len(original.body) > 1:
            return self._remember(updated.with_changes(body=small))
        first = updated.with_changes(body=small[:1])
        return cst.FlattenSentinel(
            [self._remember(each) for each in (first, *[cst.SimpleStatementLine([each]) for each in small[1:]])]
        )

    def _suite(self, original: Any, updated: Any) -> Any:
        small = self._small(original, updated)
        return updated if small is None else updated.with_changes(body=small or [cst.Pass()])

    def _small(self, original: Any, updated: Any) -> Optional[List[Any]]:
        """Return the small statements of a line as planned, or None where nothing is planned for them."""
        if not any(each in self.plan.statements for each in original.body):
            return None
        small: List[Any] = []
        for before, after in zip(original.body, updated.body):
            small += self.plan.statements.get(before, [after])
        return [*small[:-1], small[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)] if small else []

    def _vacant(self, above: Sequence[Any]) -> Any:
        """Return a line for what it is in to take out, which keeps the comments above it."""
        line = cst.SimpleStatementLine([cst.Pass()], leading_lines=above)
        self._vacated.add(line)
        return line

    def _remember(self, line: Any) -> Any:
        self._made.add(line)
        return line

    # -- bodies

    def _block(self, _: Any, updated: Any) -> Any:
        tidied = self._tidied(updated)
        return tidied if tidied.body else tidied.with_changes(body=[cst.SimpleStatementLine([cst.Pass()])])

    def _tidied(self, block: Any) -> Any:
        """Return a body without lines that have no code left, and without an import that is there already."""
        body: List[Any] = []
        above: Optional[Sequence[Any]] = None
        seen: Dict[Any, bool] = {}
        for each in block.body:
            if self._is_barrier(each):
                seen = {}
            if self._is_superfluous(each, seen):
                above = _stacked(above or (), each.leading_lines)
                continue
            if above is None:
                body.append(each)
                continue
            lines = _stacked(above, each.leading_lines)
            if not body and not (isinstance(block, cst.Module) and block.header):
                lines = list(itertools.dropwhile(lambda line: line.comment is None, lines))
            body.append(each.with_changes(leading_lines=lines))
            above = None
        if len(body) == len(block.body):
            return block
        return block.with_changes(body=body, footer=[*_comments(above or ()), *block.footer])

    def _is_barrier(self, line: Any) -> bool:
        name = getattr(_only(line), "value", None)
        return bool(self.barrier) and isinstance(name, cst.Name) and name.value.startswith(self.barrier)

    def _is_superfluous(self, line: Any, seen: Dict[Any, bool]) -> bool:
        """Tell whether a line has no code, or does what a line above did; one of the two is of our making."""
        if line in self._vacated:
            return True
        made, small = line in self._made, _only(line)
        does: List[Any] = list(imported(small))
        if made and isinstance(small, cst.Expr):
            does = [cst.Module([]).code_for_node(small)]
        if any(isinstance(each, Import) and each.local in self.plan.rebound for each in does):
            return False
        if does and all(each in seen and (made or seen[each]) for each in does):
            return True
        for each in does:
            seen.setdefault(each, made)
        return False

    # -- ladders of imports

    def _ladder(self, original: Any, updated: Any) -> Any:
        """Replace ``try: import a`` / ``except ImportError: import b`` where both have become the same."""
        if not is_import(original) or not self._is_touched(original):
            return updated
        blocks = [updated.body, *[handler.body for handler in updated.handlers]]
        if not all(is_import(each) and not isinstance(each, cst.Try) for block in blocks for each in block.body):
            return updated
        first, *others = [
            {found for line in block.body for small in _small(line) for found in imported(small)} for block in blocks
        ]
        if any(other != first for other in others):
            return updated
        above = [*updated.leading_lines]
        for handler in updated.handlers:
            above += _comments(handler.leading_lines)
            above += [line for each in handler.body.body for line in _comments(getattr(each, "leading_lines", ()))]
        lines = [_line(each) for each in blocks[0].body if any(imported(small) for small in _small(each))]
        if not lines:
            return self._vacant(above)
        top = self._remember(lines[0].with_changes(leading_lines=[*above, *lines[0].leading_lines]))
        return cst.FlattenSentinel([top, *lines[1:]])

    def _is_touched(self, block: Any) -> bool:
        return any(each in self.plan.statements or self._is_touched(each) for each in block.children)


def _small(line: Any) -> Sequence[Any]:
    return line.body if isinstance(line, cst.SimpleStatementLine) else [line]


def _line(statement: Any) -> Any:
    """Return a line of its own for what stood behind a colon."""
    if isinstance(statement, cst.SimpleStatementLine):
        return statement
    return cst.SimpleStatementLine([statement.with_changes(semicolon=cst.MaybeSentinel.DEFAULT)])


def _only(line: Any) -> Any:
    """Return the statement of a line that has just one."""
    return line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None


def _comments(lines: Sequence[Any]) -> List[Any]:
    return [line for line in lines if line.comment is not None]


def _stacked(above: Sequence[Any], below: Sequence[Any]) -> Sequence[Any]:
    """Return what stands above a statement, when what stood above the one before it, which is gone, comes on top."""
    if _comments(above):
        return [*above, *below]
    blank = list(itertools.takewhile(lambda line: line.comment is None, below))
    return [*max(above, blank, key=len), *below[len(blank) :]]
