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
    """Return what one small statement imports; nothing where it is no import, or has a star."""
    if isinstance(getattr(statement, "names", cst.ImportStar()), cst.ImportStar):
        return []
    if isinstance(statement, cst.Import):
        return [Import(each.evaluated_name, None, each.evaluated_alias) for each in statement.names]
    if isinstance(statement, cst.ImportFrom):
        return [Import(home(statement), each.evaluated_name, each.evaluated_alias) for each in statement.names]
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
        What stands in the place of each of its names. The first of a list, where it comes from the same module, keeps
        the formatting of the name that it replaces.
    """
    groups: Dict[Tuple[Optional[str], int], List[Tuple[Any, Import]]] = {}
    for alias, wanted in outcomes:
        for new in wanted:
            key = (new.module if new.name else None, 0)
            if not new.name and alias in [each for each, _ in groups.get(key, ())]:
                key = (None, len(groups))  # one `import` for each that there was
            group = groups.setdefault(key, [])
            if new not in [each for _, each in group]:
                group.append((alias, new))
    return [
        _statement(statement if place == 0 else _without_comment(statement), module, group)
        for place, ((module, _), group) in enumerate(groups.items())
    ]


def _statement(original: Any, module: Optional[str], group: List[Tuple[Any, Import]]) -> Any:
    plain = [_alias(new) for _, new in group]
    if module is None:
        if isinstance(original, cst.Import):
            return original.with_changes(names=_kept_commas(original.names, group))
        return cst.Import(plain)
    if not isinstance(original, cst.ImportFrom):
        return cst.ImportFrom(module=dotted(module), names=plain)
    moved = original if module == home(original) else original.with_changes(module=dotted(module), relative=())
    commented = any(matchers.findall(alias, matchers.Comment()) for alias, _ in group)
    if len(group) > 1 or len(original.names) == 1 or commented:
        return moved.with_changes(names=_kept_commas(original.names, group))
    return moved.with_changes(names=plain, lpar=None, rpar=None)


_OPEN = matchers.ParenthesizedWhitespace()


def _without_comment(statement: Any) -> Any:
    """Return a statement without the comment behind its opening parenthesis, which another one keeps."""
    if not matchers.matches(getattr(statement, "lpar", None), matchers.LeftParen(_OPEN)):
        return statement
    return statement.with_changes(lpar=_silent(statement.lpar))


def _silent(mark: Any) -> Any:
    """Return a parenthesis or a comma without the comment behind it."""
    end = mark.whitespace_after.first_line.with_changes(comment=None, whitespace=cst.SimpleWhitespace(""))
    return mark.with_changes(whitespace_after=mark.whitespace_after.with_changes(first_line=end))


def _alias(new: Import, like: Any = None) -> Any:
    name = dotted(new.name or new.module)
    asname = cst.AsName(cst.Name(new.asname)) if new.asname else None
    if like is None:
        return cst.ImportAlias(name, asname)
    if asname and like.asname:
        asname = like.asname.with_changes(name=cst.Name(new.asname))
    return like.with_changes(name=name, asname=asname)


def _kept_commas(aliases: Sequence[Any], group: List[Tuple[Any, Import]]) -> List[Any]:
    """Return names with the commas, comments and line breaks of those that they replace."""
    names = [_alias(new, alias) for alias, new in group]
    own, last = group[-1][0].comma, aliases[-1].comma
    if group[-1][0] is not aliases[-1] and matchers.matches(last, matchers.Comma(whitespace_after=_OPEN)):
        last = _silent(last)
        if matchers.findall(own, matchers.Comment()):
            # its own comment, and then the way to the parenthesis
            last = own.with_changes(
                whitespace_after=last.whitespace_after.with_changes(first_line=own.whitespace_after.first_line)
            )
    return [*names[:-1], names[-1].with_changes(comma=last)]
