"""What becomes of each block and of each registration.

A call is rewritten only where it is sure what it does: which backend it names, that its block begins and ends in a
``with``, that a registration registers upstream's own class and no more. What is not sure is left as it is, with a
note that says why.
"""

from typing import Any, Dict, List, NamedTuple, Set

import libcst as cst

from . import idioms
from .calls import Block, Named, Registration, options
from .survey import Binding, Program

#: What becomes of a registration: it goes; it stays; `register_dask` takes its place; so does joblib's own function,
#: where an import registered; so does ``import distributed``, where it is asked whether that is there.
DROP, KEEP, REGISTER, ENROL, PROBE = "drop", "keep", "register", "enrol", "probe"


class Note(NamedTuple):
    """Something that was left alone, and why."""

    line: int
    reason: str


class Decisions:
    """The decisions for one program.

    Parameters
    ----------
    program : Program
    target : {"compat", "upstream"}

    Attributes
    ----------
    names : set of str
        The names that mean upstream's Dask backend here.
    blocks : list of Block
        Those that are rewritten: in ``compat`` they become this package's, in ``upstream`` they name ``"dask"``.
    bindings : set of Binding
        The imports of joblib's block that become imports of this package's.
    merged : dict
        For a block, what the factory of its backend gave to the class, which the block has to give now.
    registrations, registering : dict
        What becomes of each call that registers the backend, and of each import that does.
    enrolled : list of str
        The names to register where the fate of an import is ``ENROL``.
    notes : list of Note
    """

    def __init__(self, program: Program, target: str) -> None:
        self.program = program
        self.in_compat = target == idioms.COMPAT
        self.notes: List[Note] = []
        self.bindings: Set[Binding] = set()
        self.merged: Dict[Block, List[Any]] = {}
        calls = [(call, program.path(call.func)) for call in program.calls]
        self._blocks = [Block(program, call) for call, path in calls if path in idioms.BLOCKS]
        self._named = [Named(program, call, 1) for call, path in calls if path in idioms.PARALLEL]
        registrations = [Registration(program, call) for call, path in calls if path in idioms.REGISTER]
        registering = [each for each in program.bindings if idioms.registers(each.target)]

        self.names = set(idioms.NAMES) - {each.name for each in registrations if not self._is_seen_through(each)}
        sure = [each for each in registrations if each.name in self.names and self._is_replaceable(each)]
        self._report(registrations, sure)

        blocks = [each for each in self._blocks if each.is_dask(self.names)]
        named = [each for each in self._named if each.names_any(self.names)]
        legacy = bool(sure or registering)
        undecided = [each for each in (*self._blocks, *self._named) if legacy and each.undecided]
        #: The calls for which something has to be registered, unless they are rewritten.
        self._used = [*blocks, *named, *undecided]
        self.blocks = blocks
        if self.in_compat:
            self.blocks = self._rewritten(blocks + [each for each in undecided if isinstance(each, Block)])
        else:
            for each in named:
                self.note(each.call, "joblib's own class cannot be named in a call of Parallel, only in a block")
        #: Those that stay with joblib and need more of its registry than it has by itself.
        self._by_name = [each for each in self._used if each not in self.blocks]

        self.registrations = {each: self._fate_of_call(each) for each in sure}
        kept = {each.name for each, fate in self.registrations.items() if fate == KEEP}
        open_blocks = not self.in_compat and any(isinstance(each, Block) for each in undecided)
        self.enrolled = sorted(self.names - kept) if open_blocks else []
        self.registering = {each: self._fate_of_import(each.statement) for each in registering}

    def note(self, node: Any, reason: str) -> None:
        """Report something that is left alone."""
        self.notes.append(Note(self.program.line(node), reason))

    # -- names

    def _is_seen_through(self, registration: Registration) -> bool:
        """Tell whether blocks under this name can do without the registration."""
        if registration.arguments is None:
            return False
        if not registration.arguments:
            return True
        name = [registration.name]
        blocks = [each for each in self._blocks if each.names_any(name)]
        merges = (
            self._is_replaceable(registration)
            and self._is_incidental(registration.call, blocks)
            and not any(each.undecided for each in (*self._blocks, *self._named))
            and not any(each.names_any(name) for each in self._named)
            and not any(set(options(each.call)) - {"backend", "n_jobs"} for each in blocks)
            and all(registration.reaches(each) for each in blocks)
        )
        if merges:
            self.merged.update((each, registration.arguments) for each in blocks)
        return merges

    def _is_replaceable(self, registration: Registration) -> bool:
        """Tell whether the statement only registers, and another can stand in its place."""
        local = registration.use.local not in self.program.declared
        return registration.plain and registration.statement is not None and local

    def _report(self, registrations: List[Registration], sure: List[Registration]) -> None:
        for each in registrations:
            if not each.is_dask or each in sure:
                continue
            if each.name in self.names:
                self.note(each.call, f"{each.name!r} is registered in a way of its own")
            elif each.name in idioms.NAMES:
                self.note(each.call, f"{each.name!r} is registered in a way of its own; the name is left to it")
            elif self.in_compat:
                self.note(each.call, "the backend is registered under a name of its own; the name is left to it")

    # -- blocks

    def _rewritten(self, candidates: List[Block]) -> List[Block]:
        """Return those that become this package's block, and decide which imports follow them."""
        obstacles = {each.use: each.obstacle() if each in candidates else each.misplaced() for each in self._blocks}
        named = [each for each in candidates if isinstance(each.call.func, cst.Name)]
        for binding in {binding for each in named for binding in each.use.bindings}:
            others = any(obstacles.get(use, "it is not called") for use in binding.uses)
            if not others and binding.local not in self.program.pinned:
                self.bindings.add(binding)
        converted = []
        for each in candidates:
            reason = obstacles[each.use]
            if not reason and each in named and not self.bindings.issuperset(each.use.bindings):
                reason = f"{each.use.bindings[0].local!r} has other uses, which need joblib's own"
            if reason:
                self.note(each.call, f"joblib's own block stays: {reason}")
            else:
                converted.append(each)
        self.bindings &= {binding for each in converted for binding in each.use.bindings}
        return converted

    # -- registrations

    def _fate_of_call(self, registration: Registration) -> str:
        superfluous = not self._by_name and self._is_incidental(registration.call, self._used)
        if superfluous or (registration.arguments and not self.in_compat):
            return DROP
        return REGISTER if self.in_compat else KEEP

    def _fate_of_import(self, statement: Any) -> str:
        probed = self._is_probed(statement)
        if not self.in_compat:
            return ENROL if self.enrolled else PROBE if probed else DROP
        served = REGISTER in self.registrations.values()
        superfluous = served or (not self._by_name and self._is_incidental(statement, self._used))
        return DROP if superfluous and not probed else REGISTER

    def _is_incidental(self, node: Any, calls: List[Any]) -> bool:
        """Tell whether a registration is there for calls in the same place, and for nothing else."""
        function = self.program.inside(node, cst.FunctionDef)
        beside = [each for each in calls if function is None or function in self.program.ancestors(each.call)]
        return bool(beside) and not self._is_probed(node)

    def _is_probed(self, node: Any) -> bool:
        """Tell whether a ``try`` does something else where this fails."""
        inner = node
        for outer in self.program.ancestors(node):
            if isinstance(outer, cst.Try) and inner is outer.body:
                statements = [each for handler in outer.handlers for each in handler.body.body]
                if not all(is_import(each) for each in statements):
                    return True
            inner = outer
        return False


def is_import(statement: Any) -> bool:
    """Tell whether a statement only imports, or does nothing at all."""
    if isinstance(statement, cst.Try):
        parts = [statement.body, *[handler.body for handler in statement.handlers]]
        whole = statement.orelse is None and statement.finalbody is None
        return whole and all(is_import(each) for part in parts for each in part.body)
    kinds = (cst.Import, cst.ImportFrom, cst.Pass)
    small = getattr(statement, "body", ()) if isinstance(statement, cst.SimpleStatementLine) else [statement]
    return all(isinstance(each, kinds) for each in small)
