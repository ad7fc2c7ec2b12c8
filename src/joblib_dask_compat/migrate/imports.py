"""Import statements, taken apart by name and put together again."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import libcst as cst
from libcst import matchers


class Import(NamedTuple):
    """One name that a statement imports: ``from module import name as local``, or ``import module as local``."""

    module: str
    name: Optional[str] = None
    asname: Optional[str] = None

    @property
    def local(self) -> str:
        """The name that it binds."""
        return self.asname or self.name or self.module.partition(".")[0]


def importing(path: str, local: Optional[str] = None) -> Import:
    """Return what to write for a path to be known as `local`."""
    module, _, name = path.rpartition(".")
    asname = local if local not in (None, name) else None
    return Import(module, name, asname) if module else Import(name, None, asname)


def home(statement: Any) -> str:
    """Return the module that a ``from`` statement imports from, with its leading dots."""
    return "." * len(statement.relative) + (dotted_name(statement.module) if statement.module else "")


def imported(statement: Any) -> List[Import]:
    """Return what one small statement imports; nothing where it is no import. A star counts as a name."""
    if isinstance(statement, cst.ImportFrom):
        if isinstance(statement.names, cst.ImportStar):
            return [Import(home(statement), "*")]
        return [Import(home(statement), each.evaluated_name, each.evaluated_alias) for each in statement.names]
    if isinstance(statement, cst.Import):
        return [Import(each.evaluated_name, None, each.evaluated_alias) for each in statement.names]
    return []


def dotted(path: str) -> Any:
    """Return the expression for a dotted path."""
    first, *rest = path.split(".")
    node: Any = cst.Name(first)
    for part in rest:
        node = cst.Attribute(node, cst.Name(part))
    return node


def dotted_name(node: Any) -> str:
    if isinstance(node, cst.Attribute):
        return f"{dotted_name(node.value)}.{node.attr.value}"
    return str(node.value)


def rebuilt(statement: Any, outcomes: Sequence[Tuple[Any, List[Import]]]) -> List[Any]:
    """Return the statements that import what is left of one import statement.

    Parameters
    ----------
    statement : libcst.Import or libcst.ImportFrom
    outcomes : sequence of (libcst.ImportAlias, list of Import)
        What stands in the place of each of its names.

    Returns
    -------
    list of libcst statements
        The same statement with other names where it `stays_whole`; else one line for each module.
    """
    if stays_whole(statement, outcomes):
        names = [_alias(new, alias) for alias, (new,) in outcomes]
        module = outcomes[0][1][0].module
        if isinstance(statement, cst.Import) or module == home(statement):
            return [statement.with_changes(names=names)]
        return [statement.with_changes(names=names, module=dotted(module), relative=())]
    groups: Dict[Tuple[Optional[str], int], List[Import]] = {}
    for _, wanted in outcomes:
        for place, new in enumerate(wanted):
            # what was one `import a, b` stays one
            group = groups.setdefault((new.module, 0) if new.name else (None, place), [])
            if new not in group:
                group.append(new)
    return [_statement(statement, module, group) for (module, _), group in groups.items()]


def stays_whole(statement: Any, outcomes: Sequence[Tuple[Any, List[Import]]]) -> bool:
    """Tell whether each name of a statement is replaced by one, all of the same module."""
    modules = {new.module if new.name else None for _, wanted in outcomes for new in wanted}
    alike = len(modules) == 1 and (None in modules) == isinstance(statement, cst.Import)
    return alike and all(len(wanted) == 1 for _, wanted in outcomes)


def comments(statement: Any) -> List[Any]:
    """Return the comments between the parentheses of a statement, each as a line of its own."""
    return [cst.EmptyLine(comment=comment) for comment in matchers.findall(statement, matchers.Comment())]


def _statement(original: Any, module: Optional[str], group: List[Import]) -> Any:
    names = [_alias(new) for new in group]
    if module is None:
        return cst.Import(names)
    if isinstance(original, cst.ImportFrom) and module == home(original):
        return original.with_changes(names=names, lpar=None, rpar=None)
    return cst.ImportFrom(module=dotted(module), names=names)


def _alias(new: Import, like: Any = None) -> Any:
    name = dotted(new.name or new.module)
    asname = cst.AsName(cst.Name(new.asname)) if new.asname else None
    if like is None:
        return cst.ImportAlias(name, asname)
    if asname and like.asname:
        asname = like.asname.with_changes(name=cst.Name(new.asname))
    return like.with_changes(name=name, asname=asname)
