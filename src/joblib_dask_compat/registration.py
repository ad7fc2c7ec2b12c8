"""Putting the chosen backend class under its names, in every joblib copy."""

from functools import lru_cache
from typing import Any, Iterator, Sequence, Tuple

from .copies import Copy, all_copies
from .routes import PREFERENCES, Choice, choose

#: The names that joblib, the old distributed.joblib and the published snippets use.
NAMES = ("dask", "distributed", "dask.distributed")


class Registration:
    """What `register_dask` did. Prints, for each copy, the route that was taken and why."""

    def __init__(self, names: Tuple[str, ...], choices: Tuple[Choice, ...]) -> None:
        self.names = names
        self.choices = choices

    @property
    def route(self) -> str:
        """The route of the copy that scikit-learn uses."""
        return self.choices[0].route.name

    def __iter__(self) -> Iterator[Choice]:
        return iter(self.choices)

    def __repr__(self) -> str:
        lines = ["{} registered:".format(", ".join(repr(name) for name in self.names))]
        for choice in self.choices:
            lines.append(f"  {choice.copy.name} {choice.copy.version}: route {choice.route.name!r}, {choice.reason}")
            lines.extend("    not {!r}: {}".format(*pair) for pair in choice.rejected)
        return "\n".join(lines)


def check_preference(prefer: Any) -> str:
    """Return `prefer`, or raise ``ValueError`` where it is none of the three."""
    if prefer not in PREFERENCES:
        raise ValueError("prefer must be one of {}, got {!r}".format(", ".join(map(repr, PREFERENCES)), prefer))
    return str(prefer)


def choices(prefer: str) -> Tuple[Choice, ...]:
    """Choose a route for every copy, the one that scikit-learn uses first."""
    from .support import untested

    untested.warn_once()
    return tuple(_choice(copy.name, copy.version, prefer) for copy in all_copies())


@lru_cache(maxsize=None)
def _choice(name: str, version: str, prefer: str) -> Choice:
    """Choose once in a process: what it has loaded will not become another version."""
    return choose(Copy(name), prefer)


def register_dask(names: Sequence[str] = NAMES, prefer: str = "auto") -> Registration:
    """Register a Dask backend in every joblib copy of this process.

    Afterwards joblib's own spelling works: ``joblib.parallel_backend("dask")``, in the copy that scikit-learn uses
    and in the other. Idempotent. `parallel_backend` of this package does not need it.

    Parameters
    ----------
    names : list or tuple of str
    prefer : {"auto", "upstream", "own"}
        See `joblib_dask_compat.routes.choose`.

    Returns
    -------
    Registration
        Printing it shows the route taken for each copy, and why.

    Raises
    ------
    NoRouteError
        ``prefer="upstream"``, and for some copy there is none; nothing is registered then.
    TypeError, ValueError
        `names` is not a list or tuple of strings; `prefer` is none of the three.
    """
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"names must be a list or tuple of strings, got {names!r}")
    chosen = choices(check_preference(prefer))
    for choice in chosen:
        for name in names:
            choice.copy.register(name, choice.backend)
    return Registration(tuple(names), chosen)
