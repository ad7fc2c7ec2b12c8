"""How a call is written anew."""

from typing import Any, Callable, List, Sequence

import libcst as cst

from . import idioms
from .calls import Block
from .imports import dotted

Edit = Callable[[Any], Any]

#: The parameters of the backend class, in order.
PARAMETERS = ("scheduler_host", "scatter", "client", "loop", "wait_for_workers_timeout")


def renamed(string: Any) -> Any:
    """Return a string that names the backend with the name that all joblibs know, in the same quotes."""
    return string.with_changes(value=f"{string.prefix}{string.quote}dask{string.quote}")


def block_call(block: Block, function: Any, merged: Sequence[Any], for_upstream: bool) -> Edit:
    """Return how the call that opens a block is written anew.

    Parameters
    ----------
    block : Block
    function : libcst expression or None
        What to call instead.
    merged : sequence of libcst.Arg
        What the factory gave to the class that was registered under this name.
    for_upstream : bool
        joblib takes a scheduler's address as a string only.
    """
    place = block.call.args.index(block.backend) if block.instance is not None else None

    def edit(call: Any) -> Any:
        args = list(call.args)
        given = list(merged)
        if place is not None:
            given += args[place].value.args
            args[place] = args[place].with_changes(value=cst.SimpleString('"dask"'))
        args = _without(_joined(args, _by_keyword(given)), idioms.DROPPED_OPTIONS)
        if for_upstream:
            args = [_address(arg) for arg in args]
        return call.with_changes(func=call.func if function is None else function, args=args)

    return edit


def _by_keyword(args: Sequence[Any]) -> List[Any]:
    named = []
    for name, arg in zip((*PARAMETERS, *[""] * len(args)), args):
        keyword = arg.keyword.value if arg.keyword is not None else name
        value = arg.value.deep_clone()
        named.append(_keyword(keyword, value) if not arg.star else arg.deep_clone())
    return named


def _keyword(name: str, value: Any) -> Any:
    tight = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))
    return cst.Arg(value, keyword=cst.Name(name), equal=tight)


def _joined(args: List[Any], more: List[Any]) -> List[Any]:
    """Return both, the last with what stood between the last argument and the parenthesis."""
    if not args or not more:
        return args + more
    last = args[-1]
    between = args[-2].comma if len(args) > 1 else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    end = more[-1].with_changes(comma=last.comma, whitespace_after_arg=last.whitespace_after_arg)
    last = last.with_changes(comma=between, whitespace_after_arg=cst.SimpleWhitespace(""))
    return [*args[:-1], last, *more[:-1], end]


def _without(args: List[Any], names: Sequence[str]) -> List[Any]:
    """Return arguments without those of these names, the last with the comma and line break of the last."""
    kept = [arg for arg in args if arg.keyword is None or arg.keyword.value not in names]
    if not kept or kept[-1] is args[-1]:
        return kept
    last = kept[-1].with_changes(comma=args[-1].comma, whitespace_after_arg=args[-1].whitespace_after_arg)
    return [*kept[:-1], last]


def _address(arg: Any) -> Any:
    """Return ``scheduler_host=(host, port)`` as a string."""
    if arg.keyword is None or arg.keyword.value != "scheduler_host" or not isinstance(arg.value, cst.Tuple):
        return arg
    parts = [each.value for each in arg.value.elements if isinstance(each, cst.Element)]
    if len(parts) != 2 or len(arg.value.elements) != 2:
        return arg
    host, port = parts
    if isinstance(host, cst.SimpleString) and isinstance(port, cst.Integer):
        value: Any = host.with_changes(value=f"{host.value[: -len(host.quote)]}:{port.value}{host.quote}")
    else:
        template = cst.Attribute(cst.SimpleString('"{}:{}"'), cst.Name("format"))
        value = cst.Call(template, [cst.Arg(host), cst.Arg(port)])
    return arg.with_changes(value=value)


def keyword_renamed(names: Any) -> Edit:
    """Return how a call is written with other names for some of its options."""

    def edit(call: Any) -> Any:
        return call.with_changes(
            args=[
                arg.with_changes(keyword=cst.Name(names[arg.keyword.value]))
                if arg.keyword is not None and arg.keyword.value in names
                else arg
                for arg in call.args
            ]
        )

    return edit


def registration(name: str) -> Any:
    """Return the call that registers upstream's class in joblib."""
    arguments = [cst.Arg(cst.SimpleString(f'"{name}"')), cst.Arg(dotted(idioms.DASK_CLASS))]
    return cst.Call(dotted("joblib.register_parallel_backend"), arguments)
