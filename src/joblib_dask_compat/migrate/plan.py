"""The decisions as edits: how each expression and each statement is written anew.

An import path that is gone is replaced by the one that leads to the same thing now, also where the calls on it are left
alone. What an import statement imports afterwards is what the uses of its names need afterwards.
"""

import re
from typing import Any, Dict, List, Set, Tuple

import libcst as cst

from . import edits, idioms
from .decisions import DROP, PROBE, REGISTER, Decisions, Note
from .imports import Import, dotted, home, importing, rebuilt
from .survey import Binding, Program, Use


class Plan:
    """What `rewrite` carries out.

    Parameters
    ----------
    program : Program
    target : {"compat", "upstream"}

    Attributes
    ----------
    edits : dict
        How an expression is written anew.
    statements : dict
        The small statements that take the place of one.
    notes : list of Note
    rebound : set of str
        Names that are bound to something else as well, so that of two equal imports neither is superfluous.
    """

    def __init__(self, program: Program, target: str) -> None:
        self.program = program
        self.edits: Dict[Any, edits.Edit] = {}
        self.statements: Dict[Any, List[Any]] = {}
        self.decisions = Decisions(program, target)
        self.rebound = program.deleted | {
            each.local
            for each in program.bindings
            if any(not isinstance(other, Binding) for other in program.assigned(each.statement, each.local))
        }
        #: Uses that are gone afterwards, names to import for those that came in their place, imports left as they are.
        self._gone: Set[Use] = set()
        self._needed: Dict[Binding, List[Import]] = {}
        self._kept: Set[Binding] = set()
        self._calls()
        self._registrations()
        self._uses()
        self._imports()
        self._stars()
        self._reports()

    @property
    def notes(self) -> List[Note]:
        """What was left alone, and why."""
        return sorted(set(self.decisions.notes))

    # -- calls

    def _calls(self) -> None:
        for call in self.program.calls:
            names = idioms.RENAMED_OPTIONS.get(self.program.path(call.func))
            if names is not None:
                self.edits[call] = edits.keyword_renamed(names)
        for each in (*self.decisions.blocks, *self.decisions.named):
            for string in each.strings or ():
                if string.evaluated_value in idioms.NAMES:
                    self.edits[string] = edits.renamed
        left = [each for each in self.decisions.merged if each not in self.decisions.blocks]
        for block in self.decisions.blocks + left:
            in_compat = self.decisions.in_compat and block not in left
            if block.instance is not None:
                self._gone.add(self.program.uses[block.instance.func])
            function = None
            if in_compat and not self.decisions.bindings.issuperset(block.use.bindings):
                function = self._ours(block.call, block.use, block.function)
            merged = self.decisions.merged.get(block, [])
            self.edits[block.call] = edits.block_call(block, function, merged, not in_compat)

    def _ours(self, node: Any, use: Use, name: str) -> Any:
        """Return the expression for a name of this package in the place of a use, and have it imported there."""
        self._gone.add(use)
        spelled, wanted = self._spelled(node, name)
        for binding in use.bindings:
            self._need(binding, wanted)
        return spelled

    def _spelled(self, node: Any, name: str) -> Tuple[Any, Import]:
        path = f"{idioms.PACKAGE}.{name}"
        for each in self.program.assigned(node, name):
            if not isinstance(each, Binding) or self._path_afterwards(each) != path:
                return dotted(path), Import(idioms.PACKAGE)
        return cst.Name(name), Import(idioms.PACKAGE, name)

    def _path_afterwards(self, binding: Binding) -> str:
        if binding in self.decisions.bindings:
            return "{}.{}".format(idioms.PACKAGE, binding.path.rpartition(".")[2])
        return idioms.current(binding.path)

    def _need(self, binding: Binding, wanted: Import) -> None:
        self._needed.setdefault(binding, []).append(wanted)

    # -- registrations

    def _registrations(self) -> None:
        for registration, fate in self.decisions.registrations.items():
            if fate == DROP:
                self._drop(registration.statement)
                self._gone -= set(self.program.uses_inside(*(registration.arguments or ())))  # a block gives them now
            elif fate == REGISTER:
                self._drop(registration.statement)
                register = self._ours(registration.call, registration.use, "register_dask")
                self.statements[registration.statement] = [cst.Expr(cst.Call(register))]

    def _drop(self, statement: Any) -> None:
        self.statements[statement] = []
        self._gone.update(self.program.uses_inside(statement))

    # -- uses of what moved

    def _uses(self) -> None:
        for use in self.program.uses.values():
            if use in self._gone:
                continue
            if use.sure and idioms.gone(use.path):
                self.decisions.note(use.node, idioms.gone(use.path))
            if any(map(idioms.registers, use.leads_to)):
                self._keep(use, "what it gives is not known")
            elif not use.moves_along:
                root = use.path.partition(".")[0]
                if use.sure and self._is_free(use.node, root):
                    self._replace(use)
                else:
                    self._keep(use, f"{root!r} is another name here" if use.sure else "it can be something else here")
            elif not use.sure and any(map(idioms.removed, use.paths)) and use.leads_to & _CONCERNED:
                self.decisions.note(use.node, f"{use.local!r} can be something else here")

    def _keep(self, use: Use, why: str) -> None:
        self.decisions.note(use.node, "{} is gone, but {}".format(" or ".join(sorted(use.paths)), why))
        self._kept.update(use.bindings)

    def _is_free(self, node: Any, root: str) -> bool:
        found = self.program.assigned(node, root)
        return all(isinstance(each, Binding) and idioms.current(each.path) == root for each in found)

    def _replace(self, use: Use) -> None:
        self._gone.add(use)
        path = use.path
        self.edits[use.node] = lambda _: dotted(path)
        for binding in use.bindings:
            self._need(binding, Import(idioms.importable(path)))

    # -- imports

    def _imports(self) -> None:
        changed: Dict[Any, List[Tuple[Binding, List[Import]]]] = {}
        for binding in self.program.bindings:
            wanted = [*self._own(binding), *self._needed.get(binding, [])]
            changed.setdefault(binding.statement, []).append((binding, wanted))
        for statement, outcomes in changed.items():
            register = [binding for binding, _ in outcomes if self.decisions.registering.get(binding) == REGISTER]
            if register or any(wanted != [binding.own] for binding, wanted in outcomes):
                self._rebuild(statement, outcomes, bool(register))

    def _rebuild(self, statement: Any, outcomes: List[Tuple[Binding, List[Import]]], register: bool) -> None:
        after = []
        if register:
            call, wanted = self._spelled(statement, "register_dask")
            outcomes[-1][1].append(wanted)
            after = [cst.Expr(cst.Call(call))]
        self.statements[statement] = rebuilt(statement, [(each.alias, wanted) for each, wanted in outcomes]) + after

    def _own(self, binding: Binding) -> List[Import]:
        """Return what an import of its own the name of a binding needs afterwards."""
        if binding in self._kept:
            return [binding.own]
        alive = any(use not in self._gone for use in binding.uses) or binding.local in self.program.pinned
        if binding in self.decisions.registering and not self._moves_on(binding, alive):
            return self._root(binding, alive) + self._probe(binding)
        if idioms.gone(binding.target):
            self.decisions.note(binding.statement, idioms.gone(binding.target))
            return [binding.own]
        if binding.uses and not alive:
            return []
        if binding in self.decisions.bindings:
            return [importing(self._path_afterwards(binding), binding.local)]
        if binding.shortened and idioms.current(binding.target) != binding.target:
            unused = [] if binding.uses else [Import(idioms.importable(idioms.current(binding.target)))]
            return unused + self._root(binding, alive)
        if idioms.current(binding.path) != binding.path:
            return [importing(idioms.current(binding.path), binding.local)]
        return [binding.own]

    def _moves_on(self, binding: Binding, alive: bool) -> bool:
        """Tell whether a name from a registering module is used, and is somewhere else now."""
        return alive and idioms.current(binding.target) != binding.target

    def _probe(self, binding: Binding) -> List[Import]:
        return [Import("distributed")] if self.decisions.registering[binding] == PROBE else []

    def _root(self, binding: Binding, alive: bool) -> List[Import]:
        """Return an import of ``a``, which ``import a.b`` bound, where nothing else binds it."""
        others = self.program.assigned(binding.statement, binding.local) - {binding}
        bound = any(isinstance(each, Binding) and not idioms.removed(each.target) for each in others)
        return [Import(binding.local)] if alive and binding.shortened and not bound else []

    def _stars(self) -> None:
        for statement in self.program.stars:
            module = home(statement)
            if idioms.removed(module):
                self.decisions.note(statement, "which names a star import brings in is not known")
            if idioms.current(module) != module:
                moved = statement.with_changes(module=dotted(idioms.current(module)))
                self.statements[statement] = [moved]

    # -- what is only reported

    def _reports(self) -> None:
        for string in self.program.strings:
            value = string.evaluated_value
            if isinstance(value, str) and _PATH.match(value) and idioms.removed(value):
                self.decisions.note(string, f"{value!r} is gone; a path in a string is left alone")
        joblibs = {idioms.current(each.target) for each in self.program.bindings}
        for binding in self.program.bindings:
            if idioms.current(binding.path) == _DELAYED != binding.path and joblibs & set(idioms.PARALLEL[:2]):
                self.decisions.note(binding.statement, "scikit-learn's delayed goes with its own Parallel")


_PATH = re.compile(r"[A-Za-z_]\w*(\.\w+)+$")
_DELAYED = "sklearn.utils.parallel.delayed"
_CONCERNED = {*idioms.BLOCKS, *idioms.REGISTER}
