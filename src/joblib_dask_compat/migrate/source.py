"""One program: what it becomes, and what in it is left alone."""

import ast
import platform
import warnings
from typing import Iterable, List, Optional, Tuple

import libcst as cst

from .decisions import Note
from .idioms import concerned
from .plan import Plan
from .rewrite import Rewriter
from .survey import Program

#: Levels of nesting. libcst goes down them by recursion, and at some thousands the whole process would crash.
DEEPEST = 250

#: Characters. libcst needs minutes, and more than a gigabyte, for as much code as this.
LONGEST = 1000000


class UnreadableError(ValueError):
    """A file that cannot be rewritten; the text says why."""


def migrate_source(
    text: str, target: str, barrier: Optional[str] = None, pinned: Iterable[str] = ()
) -> Tuple[str, List[Note]]:
    """Rewrite one program.

    Parameters
    ----------
    text : str
        Python 3, with any line endings.
    target : {"compat", "upstream"}
    barrier : str, optional
        See `rewrite.Rewriter`.
    pinned : iterable of str
        Names that have to stay defined, whoever uses them.

    Returns
    -------
    str, list of Note
        The program, unchanged where there is nothing to rewrite, and what was left alone.

    Raises
    ------
    UnreadableError
    """
    if not concerned(text):
        return text, []
    if len(text) > LONGEST:
        raise UnreadableError(f"more than {LONGEST} characters of code")
    if "\0" in text:
        raise UnreadableError("null bytes")
    objection = _objection(text)
    try:
        module = cst.parse_module(text)
        if module.code != text:
            raise UnreadableError("libcst does not give this code back as it is (a form feed before code, a bare CR)")
        program = Program(module)
        program.pinned.update(pinned)
        plan = Plan(program, target)
        if not plan.edits and not plan.statements:
            return text, plan.notes
        rewritten = module.visit(Rewriter(plan, barrier)).code
    except cst.ParserSyntaxError as exc:
        raise UnreadableError(objection or str(exc).strip().splitlines()[-1]) from exc
    except RecursionError as exc:
        raise UnreadableError("nested too deeply") from exc
    if not objection and _objection(rewritten):
        raise UnreadableError(f"left as it is, since the rewritten code would not compile: {_objection(rewritten)}")
    return rewritten, plan.notes


def is_python(text: str) -> bool:
    """Tell whether a text can be rewritten by itself."""
    try:
        _objection(text)
        cst.parse_module(text)
    except (UnreadableError, RecursionError, cst.ParserSyntaxError):
        return False
    return True


def _objection(text: str) -> str:
    """Return what this Python has against a program; an empty string, nothing.

    A program for another Python is no error: libcst knows more than one grammar. One that Python finds too deep is.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except UnicodeEncodeError as exc:
        raise UnreadableError("half of a surrogate pair, which no file of code can hold") from exc
    except SyntaxError as exc:
        if "too many" in str(exc.msg):
            raise UnreadableError(f"line {exc.lineno}: {exc.msg}") from exc
        return f"not Python {platform.python_version()}, line {exc.lineno}: {exc.msg}"
    except ValueError as exc:
        return str(exc)
    except (RecursionError, MemoryError) as exc:
        raise UnreadableError("nested too deeply") from exc
    level: List[ast.AST] = [tree]
    for _ in range(DEEPEST):
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        if not level:
            return ""
    raise UnreadableError(f"nested too deeply: more than {DEEPEST} levels")
