"""The decisions as edits: how each expression and each statement is written anew.

An import path that is gone is replaced by the one that leads to the same thing now, also where the calls on it are left
alone. What an import statement imports afterwards is what the uses of its names need afterwards.
"""

import re
from typing import Any, Dict, List, Set, Tuple

import libcst as cst

from . import edits, idioms
from .decisions import DROP, ENROL, PROBE, REGISTER, Decisions, Note
from .imports import Import, comments, dotted, home, importing, rebuilt, stays_whole
from .survey import Binding, Program, Use, text


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
    comments : dict
        Lines of comments to put above a statement that had them inside.
    notes : list of Note
    rebound : set of str
        Names that are bound to something else as well, so that of two equal imports neither is superfluous.
    """

    def __init__(self, program: Program, target: str) -> None:
        self.program = program
        self.edits: Dict[Any, edits.Edit] = {}
        self.statements: Dict[Any, List[Any]] = {}
        self.comments: Dict[Any, List[Any]] = {}
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
        for each in self.decisions.blocks:
            for string in each.strings or ():
                if text(string) in self.decisions.names:
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
        found = self.program.assigned(node, name)
        ours = all(isinstance(each, Binding) and self._path_afterwards(each) == path for each in found)
        if ours and name not in self.program.undefined:
            return cst.Name(name), Import(idioms.PACKAGE, name)
        return dotted(path), Import(idioms.PACKAGE)

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
                if not use.sure:
                    self._keep(use, "it can be something else here")
                elif use.local in self.program.declared:
                    self._keep(use, f"{use.local!r} is declared global or nonlocal")
                elif not self._is_free(use.node, root):
                    self._keep(use, f"{root!r} is another name here")
                else:
                    self._replace(use)
            elif not use.sure and any(map(idioms.removed, use.paths)) and use.leads_to & _CONCERNED:
                self.decisions.note(use.node, f"{use.local!r} can be something else here")

    def _keep(self, use: Use, why: str) -> None:
        self.decisions.note(use.node, "{} is gone, but {}".format(" or ".join(sorted(use.paths)), why))
        self._kept.update(use.bindings)

    def _is_free(self, node: Any, root: str) -> bool:
        found = self.program.assigned(node, root)
        own = all(isinstance(each, Binding) and idioms.current(each.path) == root for each in found)
        return own and root not in self.program.undefined

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
            after = self._registers(statement, outcomes)
            if after or any(wanted != [binding.own] for binding, wanted in outcomes):
                replacing = [(binding.alias, wanted) for binding, wanted in outcomes]
                self.statements[statement] = rebuilt(statement, replacing) + [cst.Expr(call) for call in after]
                if not stays_whole(statement, replacing):
                    self.comments[statement] = comments(statement)

    def _registers(self, statement: Any, outcomes: List[Tuple[Binding, List[Import]]]) -> List[Any]:
        """Return the calls that do what an import did, and add what they need to what it imports."""
        fates = {self.decisions.registering.get(binding) for binding, _ in outcomes if binding not in self._kept}
        imports = outcomes[-1][1]
        if REGISTER in fates:
            register, wanted = self._spelled(statement, "register_dask")
            imports.append(wanted)
            return [cst.Call(register)]
        if ENROL in fates:
            imports.append(Import("joblib._dask"))
            return [edits.registration(name) for name in self.decisions.enrolled]
        return []

    def _own(self, binding: Binding) -> List[Import]:
        """Return what an import of its own the name of a binding needs afterwards."""
        if binding in self._kept:
            return [binding.own]
        alive = (
            any(use not in self._gone for use in binding.uses)
            or binding.local in self.program.pinned | self.program.declared
        )
        if binding in self.decisions.registering and not self._moves_on(binding, alive):
            if self.decisions.registering[binding] == ENROL and self._is_taken(binding):
                return [binding.own]
            return self._root(binding, alive) + self._probe(binding)
        if idioms.gone(binding.target):
            self.decisions.note(binding.statement, idioms.gone(binding.target))
            return [binding.own]
        if binding.uses and not alive:
            return []
        if binding in self.decisions.bindings:
            return [importing(self._path_afterwards(binding), binding.local)]
        if binding.shortened and idioms.current(binding.target) != binding.target:
            if binding.uses:
                return self._root(binding, alive)
            module = idioms.importable(idioms.current(binding.target))
            return [binding.own] if self._is_taken(binding) else [Import(module), *self._root(binding, alive)]
        if idioms.current(binding.path) != binding.path:
            return [importing(idioms.current(binding.path), binding.local)]
        return [binding.own]

    def _is_taken(self, binding: Binding) -> bool:
        """Tell whether an import cannot become one of joblib, which then has another name here, and report that."""
        taken = not self._is_free(binding.statement, "joblib")
        if taken:
            self._kept.add(binding)
            self.decisions.note(binding.statement, f"{binding.target} is gone, but 'joblib' is another name here")
        return taken

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
            value = text(string)
            if _PATH.match(value) and idioms.removed(value):
                self.decisions.note(string, f"{value!r} is gone; a path in a string is left alone")
        joblibs = {idioms.current(each.target) for each in self.program.bindings}
        for binding in self.program.bindings:
            if idioms.current(binding.path) == _DELAYED != binding.path and joblibs & set(idioms.PARALLEL[:2]):
                self.decisions.note(binding.statement, "scikit-learn's delayed goes with its own Parallel")


_PATH = re.compile(r"[A-Za-z_]\w*(\.\w+)+$")
_DELAYED = "sklearn.utils.parallel.delayed"
_CONCERNED = {*idioms.BLOCKS, *idioms.REGISTER}
