"""What a program imports, and every place where it uses it: libcst's scopes, in the words of `idioms`.

A *binding* is a name that an import statement gives to something; a *use* is that name in an expression, with the
attributes behind it. Both know the path that they stand for. A use is *sure* when every binding that it can refer to
is an import, and all of them lead to the same place today.
"""

from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

import libcst as cst
from libcst import metadata

from . import idioms
from .imports import Import, home


class Binding:
    """One name of one import statement."""

    def __init__(self, alias: Any, statement: Any) -> None:
        self.alias = alias
        self.statement = statement
        self.uses: List[Use] = []
        name = alias.evaluated_name
        if isinstance(statement, cst.ImportFrom):
            self.target = self.path = f"{home(statement)}.{name}"
            self.local = alias.evaluated_alias or name
            self.own = Import(home(statement), name, alias.evaluated_alias)
        else:
            self.target = name
            self.local = alias.evaluated_alias or name.partition(".")[0]
            self.path = name if alias.asname else self.local
            self.own = Import(name, None, alias.evaluated_alias)

    @property
    def shortened(self) -> bool:
        """Whether this is ``import a.b``, which binds ``a``."""
        return self.path != self.target


class Use:
    """A name and the attributes behind it, where it stands for something imported."""

    def __init__(self, node: Any, local: str, rest: Tuple[str, ...], bindings: List[Binding], sure: bool) -> None:
        self.node = node
        self.local = local
        self.rest = rest
        self.bindings = bindings
        self.paths = {self.of(each) for each in bindings}
        self.leads_to = {idioms.current(path) for path in self.paths}
        self.sure = sure and len(self.leads_to) == 1

    @property
    def path(self) -> str:
        """Where this leads today; an empty string where that is not sure."""
        return next(iter(self.leads_to)) if self.sure else ""

    def of(self, binding: Binding) -> str:
        """Return the path as one of the bindings spells it."""
        return ".".join((binding.path, *self.rest))

    @property
    def moves_along(self) -> bool:
        """Whether the same text leads to the same thing once each binding is bound to what it is now."""
        return all(
            idioms.current(self.of(each)) == ".".join((idioms.current(each.path), *self.rest)) for each in self.bindings
        )


class Program:
    """A parsed module, with what its names stand for."""

    def __init__(self, module: Any) -> None:
        self.module = module
        wrapper = metadata.MetadataWrapper(module, unsafe_skip_copy=True)
        self._scopes = wrapper.resolve(metadata.ScopeProvider)
        self._positions = wrapper.resolve(metadata.PositionProvider)
        self._parents = walk(module)
        self.bindings: List[Binding] = []
        self.stars: List[Any] = []
        self.calls: List[Any] = []
        self.strings: List[Any] = []
        #: Names that something else than an expression refers to, and that so have to stay.
        self.pinned: Set[str] = set()
        #: Names that are declared ``global`` or ``nonlocal`` somewhere; an import beside theirs stays local.
        self.declared: Set[str] = set()
        #: Names that a statement deletes.
        self.deleted: Set[str] = set()
        #: Names that are used and come from nowhere, or through a star.
        self.undefined: Set[str] = set()
        for node in self._parents:
            self._collect(node)
        self._of_statement: Dict[Any, List[Binding]] = {}
        for binding in self.bindings:
            self._of_statement.setdefault(binding.statement, []).append(binding)
        self.uses: Dict[Any, Use] = {}
        scopes = {scope for scope in self._scopes.values() if scope is not None}
        for access in sorted(
            (each for scope in scopes for each in scope.accesses), key=lambda each: self._at(each.node)
        ):
            self._record(access)

    def _at(self, node: Any) -> Tuple[int, int]:
        start = self._positions[node].start
        return start.line, start.column

    def line(self, node: Any) -> int:
        """Return the line that a node begins on."""
        return self._at(node)[0]

    def parent(self, node: Any) -> Any:
        """Return what a node is directly in; None for the module."""
        return self._parents.get(node)

    def ancestors(self, node: Any) -> Iterator[Any]:
        """Yield what a node is in, from the inside out."""
        node = self.parent(node)
        while node is not None:
            yield node
            node = self.parent(node)

    def inside(self, node: Any, *kinds: Any) -> Optional[Any]:
        """Return the nearest thing of these kinds that a node is in."""
        return next((each for each in self.ancestors(node) if isinstance(each, kinds)), None)

    def path(self, node: Any) -> str:
        """Return the path that an expression stands for today, or an empty string."""
        use = self.uses.get(node)
        return use.path if use is not None else ""

    def uses_inside(self, *nodes: Any) -> List[Use]:
        """Return the uses that are one of these nodes, or inside of one."""
        inside = {each for node in nodes for each in walk(node)}
        return [use for use in self.uses.values() if use.node in inside]

    def assigned(self, node: Any, name: str) -> Set[Any]:
        """Return what a name can refer to where a node stands, each a `Binding` or something else."""
        return {self._binding(each, name) or each for each in self._scope(node)[name]}

    def references(self, node: Any, name: str) -> List[Any]:
        """Return the expressions that read a name which is assigned where a node stands."""
        return [access.node for each in self._scope(node)[name] for access in each.references]

    def _scope(self, node: Any) -> Any:
        inside = (self._scopes.get(each) for each in (node, *self.ancestors(node)))
        return next(scope for scope in inside if scope is not None)

    def _binding(self, assignment: Any, local: str) -> Optional[Binding]:
        if not isinstance(assignment, metadata.ImportAssignment):
            return None
        candidates = self._of_statement.get(assignment.node, ())
        # `import a.b, a.c` has two bindings of `a`; libcst names an assignment after the dotted path
        named = [each for each in candidates if idioms.below(each.target, assignment.name) and not each.alias.asname]
        return next((each for each in (*named, *candidates) if each.local == local), None)

    def _collect(self, node: Any) -> None:
        if isinstance(node, (cst.Import, cst.ImportFrom)):
            if isinstance(node.names, cst.ImportStar):
                self.stars.append(node)
            else:
                self.bindings += [Binding(alias, node) for alias in node.names]
        elif isinstance(node, cst.Call):
            self.calls.append(node)
        elif isinstance(node, cst.SimpleString):
            self.strings.append(node)
        elif isinstance(node, cst.NameItem):
            self.declared.add(node.name.value)
        elif isinstance(node, (cst.Assign, cst.AugAssign)):
            self.pinned.update(_exported(node))
        elif isinstance(node, cst.Del):
            elements = [each.value for each in getattr(node.target, "elements", ())] or [node.target]
            self.deleted.update(each.value for each in elements if isinstance(each, cst.Name))

    def _record(self, access: Any) -> None:
        name = access.node
        while isinstance(name, cst.Attribute):
            name = name.value
        if not isinstance(name, cst.Name):  # in a string annotation: there is nothing to rewrite, but it is read
            self.pinned.update(each.name.partition(".")[0] for each in access.referents)
            return
        if not access.referents:
            self.undefined.add(name.value)
        found = {self._binding(each, name.value) for each in access.referents}
        bindings = sorted((each for each in found if each), key=lambda each: self.line(each.statement))
        if not bindings:
            return
        node, rest = name, []
        while isinstance(self.parent(node), cst.Attribute) and self.parent(node).value is node:
            node = self.parent(node)
            rest.append(node.attr.value)
        use = Use(node, name.value, tuple(rest), bindings, None not in found)
        self.uses[node] = use
        for binding in bindings:
            binding.uses.append(use)


class _Walk(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        #: What each node is directly in, in the order of the text.
        self.parents: Dict[Any, Any] = {}
        self._inside: List[Any] = [None]

    def on_visit(self, node: Any) -> bool:
        self.parents[node] = self._inside[-1]
        self._inside.append(node)
        return True

    def on_leave(self, original_node: Any) -> None:
        self._inside.pop()


def walk(node: Any) -> Dict[Any, Any]:
    """Return a node and all that is in it, in the order of the text, each with what it is directly in."""
    visitor = _Walk()
    node.visit(visitor)
    return visitor.parents


def _exported(statement: Any) -> List[str]:
    """Return the names that a statement puts into ``__all__``."""
    targets = [each.target for each in statement.targets] if isinstance(statement, cst.Assign) else [statement.target]
    if not any(isinstance(each, cst.Name) and each.value == "__all__" for each in targets):
        return []
    elements = [each.value for each in getattr(statement.value, "elements", ())]
    return [text(each) for each in elements if isinstance(each, cst.SimpleString)]


def text(string: Any) -> str:
    """Return what a string literal says, or an empty string where it is bytes or has escapes: no name of ours has any.

    libcst's own answer compiles the literal, which warns of odd escapes and fails for wrong ones.
    """
    start, end = len(string.prefix) + len(string.quote), -len(string.quote)
    return "" if "b" in string.prefix.lower() or "\\" in string.value else str(string.value[start:end])
