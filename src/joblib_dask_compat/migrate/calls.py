"""The calls that concern the backend: those that open a block, those that register a class, those that name one."""

from typing import Any, List, Optional

import libcst as cst

from . import idioms
from .survey import Program, text, walk


def argument(call: Any, position: int, keyword: str) -> Optional[Any]:
    """Return the argument that a call gives by position or by name, if that can be seen."""
    for place, arg in enumerate(call.args):
        if arg.star:
            return None
        if (arg.keyword is None and place == position) or (arg.keyword and arg.keyword.value == keyword):
            return arg
    return None


def options(call: Any) -> List[str]:
    """Return the names of the keyword arguments that a call gives."""
    return [arg.keyword.value for arg in call.args if arg.keyword is not None]


def alternatives(node: Any) -> Optional[List[Any]]:
    """Return the strings that an expression can be, or None where it can be something else as well."""
    if isinstance(node, cst.SimpleString):
        return [node]
    if isinstance(node, cst.IfExp):
        either, other = alternatives(node.body), alternatives(node.orelse)
        return None if either is None or other is None else either + other
    return None


class Named:
    """A call with the name of a backend among its arguments.

    Parameters
    ----------
    position : int
        Where the name is, if it is not given by keyword as ``backend``.
    """

    def __init__(self, program: Program, call: Any, position: int) -> None:
        self.program = program
        self.call = call
        self.use = program.uses[call.func]
        self.backend = argument(call, position, "backend")
        #: The strings that the name can be; None, it is decided at run time.
        self.strings: Optional[List[Any]] = [] if not any(arg.star for arg in call.args) else None
        if self.backend is not None:
            self.strings = alternatives(self.backend.value)

    @property
    def names(self) -> List[str]:
        """The names that it can be, as far as they are seen."""
        return [text(each) for each in self.strings or ()]

    def names_any(self, names: Any) -> bool:
        """Tell whether the backend can be one of these."""
        return any(each in names for each in self.names)

    @property
    def undecided(self) -> bool:
        """Whether the name is decided at run time."""
        return self.strings is None


class Block(Named):
    """A call of ``parallel_backend`` or ``parallel_config``."""

    def __init__(self, program: Program, call: Any) -> None:
        super().__init__(program, call, 0)
        self.function = self.use.path.rpartition(".")[2]
        #: The call of a backend class that stands in the place of the name.
        self.instance = None
        given = self.backend.value if self.backend is not None else None
        if isinstance(given, cst.Call) and program.path(given.func) == idioms.DASK_CLASS:
            self.instance, self.strings = given, []

    def is_dask(self, names: Any) -> bool:
        """Tell whether the block's backend is Dask's, which has these names."""
        return self.instance is not None or self.names_any(names)

    def obstacle(self) -> str:
        """Return why this package's block cannot stand in joblib's place here, or an empty string."""
        if self.use.local in self.program.declared:
            return f"{self.use.local!r} is declared global or nonlocal"
        taken = [name for name in options(self.call) if name in idioms.JOBLIB_ONLY_OPTIONS]
        if taken:
            return f"this package's block does not take {taken[0]}="
        if sum(arg.keyword is None and not arg.star for arg in self.call.args) > 2:
            return "a third argument is given by position"
        return self.misplaced()

    def misplaced(self) -> str:
        """Return why the place of the call is not one for a block that ends, or an empty string."""
        node = self.call
        parent = self.program.parent(node)
        while isinstance(parent, cst.IfExp):
            node, parent = parent, self.program.parent(parent)
        if isinstance(parent, cst.WithItem):
            used = parent.asname is not None and not self._unread(parent.asname.name)
            return "the block reads what joblib's own gives to `as`" if used else ""
        if isinstance(parent, cst.Return) or self._goes_on_a_stack(parent) or self._entered_once(parent):
            return ""
        if isinstance(parent, cst.Expr):
            return "outside of a `with` joblib's own sets the backend for good"
        return "it is not seen to be entered by a `with`"

    def _unread(self, target: Any) -> bool:
        return isinstance(target, cst.Name) and not self.program.references(target, target.value)

    def _goes_on_a_stack(self, parent: Any) -> bool:
        call = self.program.parent(parent)
        return (
            isinstance(parent, cst.Arg)
            and isinstance(call, cst.Call)
            and isinstance(call.func, cst.Attribute)
            and call.func.attr.value == "enter_context"
            and isinstance(self.program.parent(call), cst.Expr)
        )

    def _entered_once(self, parent: Any) -> bool:
        if not isinstance(parent, cst.Assign) or len(parent.targets) != 1:
            return False
        target = parent.targets[0].target
        if not isinstance(target, cst.Name) or len(self.program.assigned(target, target.value)) != 1:
            return False
        readers = [self.program.parent(each) for each in self.program.references(target, target.value)]
        return len(readers) == 1 and isinstance(readers[0], cst.WithItem) and readers[0].asname is None


class Registration:
    """A call of ``register_parallel_backend``."""

    def __init__(self, program: Program, call: Any) -> None:
        self.program = program
        self.call = call
        self.use = program.uses[call.func]
        parent = program.parent(call)
        self.statement = parent if isinstance(parent, cst.Expr) else None
        name, factory = argument(call, 0, "name"), argument(call, 1, "factory")
        strings = alternatives(name.value) if name is not None else None
        self.name = text(strings[0]) if strings and len(strings) == 1 else None
        self.plain = len(call.args) == 2  # no make_default
        #: What the factory gives to the class; None where it is not seen to do just that.
        self.arguments = self._arguments(factory.value) if factory is not None else None
        self.is_dask = factory is not None and self._leads_to_dask(factory.value)

    def _arguments(self, factory: Any) -> Optional[List[Any]]:
        if self.program.path(factory) == idioms.DASK_CLASS:
            return []
        if isinstance(factory, cst.Lambda) and not factory.params.children and isinstance(factory.body, cst.Call):
            made, given = factory.body.func, factory.body.args
        elif isinstance(factory, cst.Call) and factory.args and self.program.path(factory.func) == "functools.partial":
            made, given = factory.args[0].value, factory.args[1:]
        else:
            return None
        return list(given) if self.program.path(made) == idioms.DASK_CLASS else None

    def _leads_to_dask(self, factory: Any) -> bool:
        places = [factory]
        if isinstance(factory, cst.Name):
            found = [getattr(each, "node", None) for each in self.program.assigned(factory, factory.value)]
            places += [each for each in found if isinstance(each, (cst.FunctionDef, cst.ClassDef))]
        return any(use.path == idioms.DASK_CLASS for use in self.program.uses_inside(*places))

    def reaches(self, block: Block) -> bool:
        """Tell whether what the factory gives to the class means the same where a block stands."""
        assigned = self.program.assigned
        names = {
            each.value for arg in self.arguments or () for each in walk(arg.value) if isinstance(each, cst.Name)
        }  # attributes are among them, and do no harm
        return not any(arg.star for arg in self.arguments or ()) and all(
            assigned(self.call, name) == assigned(block.call, name) for name in names
        )
