"""Loading files that old versions of scikit-learn and joblib wrote."""

import inspect as signatures
import sys
from types import ModuleType, TracebackType
from typing import Any, Iterator, List, Optional, Tuple

from ..copies import SITE, Copy, has_vendored, used_by_sklearn
from ..errors import OldPickleError
from ..versions import Installed, is_version, satisfies, versions
from . import limits, moved, paths
from .finder import quietly
from .inspecting import Inspection, inspect
from .opening import opened

READ = "docs/legacy.md#old-pickles"


def load(path_or_file: Any, mmap_mode: Optional[str] = None) -> Any:
    """Load what ``joblib.dump`` wrote, whatever versions of joblib and scikit-learn did it.

    .. warning:: Loading a pickle runs code that the file names. Load files only of people whom you would let run
       a program on this machine; `joblib_dask_compat.legacy.inspect` shows what a file names without running it.

    The removed import paths are open while it loads. Private modules of scikit-learn that moved are found where they
    are now, and parameters that a class got later are set to their defaults.

    Parameters
    ----------
    path_or_file : str, path-like or file
    mmap_mode : {None, "r+", "r", "w+", "c"}
        See ``joblib.load``.

    Returns
    -------
    object

    Raises
    ------
    OldPickleError
        What the file holds cannot be carried over into this scikit-learn; the error says which one wrote it, and
        what loads it.
    OSError
        The file cannot be opened.
    """
    installed = versions()
    described = _described(path_or_file)
    if described is not None and (_is_newer(described, installed) or _is_refused(described, installed)):
        raise _error(path_or_file, described, installed)
    try:
        with opened(), quietly():
            loaded = _copy(described).module.load(path_or_file, mmap_mode=mmap_mode)
    except (OSError, MemoryError):
        raise
    except Exception as exc:
        raise _error(path_or_file, described, installed, exc) from exc
    for estimator in _estimators(loaded):
        _complete(estimator)
    return loaded


def explain(exc: BaseException) -> Optional[OldPickleError]:
    """Return what `load` would have said of an exception that came out of ``joblib.load``, or None."""
    frame = _frame_of_load(exc.__traceback__)
    if frame is None:
        return None
    path = frame.f_locals.get("filename")
    try:
        described = _described(path)
    except OSError:
        return None
    return _error(path, described, versions(), exc) if described is not None else None


def _frame_of_load(traceback: Optional[TracebackType]) -> Any:
    while traceback is not None:
        code, module = traceback.tb_frame.f_code, traceback.tb_frame.f_globals.get("__name__")
        if code.co_name == "load" and module in (SITE + ".numpy_pickle", paths.SKLEARN_JOBLIB + ".numpy_pickle"):
            return traceback.tb_frame
        traceback = traceback.tb_next
    return None


def _described(path_or_file: Any) -> Optional[Inspection]:
    if hasattr(path_or_file, "read") and not path_or_file.seekable():
        return None
    found = inspect(path_or_file)
    # a file may hold anything under the key of a version
    writers = tuple(each for each in found.versions.get("sklearn", ()) if is_version(each))
    return found._replace(versions={**found.versions, "sklearn": writers})


def _copy(described: Optional[Inspection]) -> Copy:
    """Return the joblib whose array wrappers a file names: another one does not know them for its own."""
    if described is not None and has_vendored():
        named = [name for name in described.globals if name.endswith(".NumpyArrayWrapper")]
        if named:
            return Copy(named[0].partition(".numpy_pickle")[0])
    return used_by_sklearn()


# -- what cannot be carried over


def _limits(described: Inspection, sklearn: Optional[str]) -> List[limits.Limit]:
    """Return the limits that lie between the scikit-learn that wrote a file and another one."""
    named = {_today(name) for name in described.globals}
    writers = described.versions.get("sklearn", ())
    return [
        limit
        for limit in limits.LIMITS
        if satisfies(sklearn, f">={limit.until}" + (f",<{limit.again}" if limit.again else ""))
        and any(satisfies(writer, f"<{limit.until}") for writer in writers)
        and any(_names(limit.names, name) for name in named)
        and (not limit.beside or any(_names(limit.beside, name) for name in named))
    ]


def _is_refused(described: Inspection, installed: Installed) -> bool:
    """Tell whether it was seen that such a file cannot be carried over."""
    measured = [each for each in described.versions.get("sklearn", ()) if satisfies(each, limits.MEASURED)]
    return bool(measured and _limits(described, installed.sklearn))


def _is_newer(described: Inspection, installed: Installed) -> bool:
    """Tell whether a later minor release wrote a file; scikit-learn carries nothing back."""
    return any(not satisfies(installed.sklearn, f">={_minor(each)}") for each in described.versions.get("sklearn", ()))


def _today(name: str) -> str:
    """Return a global's name with today's module."""
    module, _, last = name.rpartition(".")
    while module in moved.MODULES:
        module = moved.MODULES[module]
    return f"{module}.{last}"


def _names(names: Tuple[str, ...], name: str) -> bool:
    return any(name.startswith(each) if each.endswith(".") else name == each for each in names)


def _minor(version: str) -> str:
    from packaging.version import Version

    return ".".join(map(str, Version(version).release[:2]))


def _error(
    path: Any, described: Optional[Inspection], installed: Installed, exc: Optional[BaseException] = None
) -> OldPickleError:
    name = str(getattr(path, "name", path))
    writers = described.versions.get("sklearn", ()) if described is not None else ()
    why = [
        f"scikit-learn {' and '.join(writers)} wrote it" if writers else "it does not say which scikit-learn wrote it"
    ]
    if described is not None:
        why += ["scikit-learn carries nothing back to an earlier release"] * _is_newer(described, installed)
        why += [f"since {limit.until}, {limit.reason}" for limit in _limits(described, installed.sklearn)]
        why += [described.reason] * (not described.complete)
    if exc is not None:
        why.append(f"{type(exc).__name__}: {(str(exc).strip().splitlines() or [''])[0]}")
    what = f"{name!r} cannot be loaded (found: {installed})."
    return OldPickleError(what, "; ".join(why) + ".", _fix(name, described, installed, exc), READ)


def _fix(name: str, described: Optional[Inspection], installed: Installed, exc: Optional[BaseException]) -> str:
    missing = getattr(exc, "name", None) if isinstance(exc, ModuleNotFoundError) else None
    if missing and missing.partition(".")[0] not in ("joblib", "numpy", "scipy", "sklearn"):
        return f"make the module {missing} importable, as it was where the file was written"
    if described is not None and described.versions.get("sklearn"):
        passed = _limits(described, installed.sklearn)
        writer = _newest_writer(described)
        if passed or (described.complete and _minor(writer) != _minor(installed.sklearn or writer)):
            pins = _pins(described, bool(passed))
            which = [f"scikit-learn=={pins.sklearn}", *pins.also.split(), "joblib"]
            return (
                f"python{pins.python} -m pip install {' '.join(map(repr, which))}; there it loads, and what you need "
                "of it can be written in another form, or fitted anew"
            )
    return f"see what it names: joblib-dask-compat inspect-pickle {name}"


def _newest_writer(described: Inspection) -> str:
    from packaging.version import Version

    return max(described.versions["sklearn"], key=Version)


def _pins(described: Inspection, limited: bool) -> limits.Pins:
    """Return the newest versions that load a file; where no limit is known, those that wrote it."""
    writer = _newest_writer(described)
    later = [pins for pins in limits.PINS if satisfies(pins.sklearn, f">={_minor(writer)}")]
    fitting = [pins for pins in later if not _limits(described, pins.sklearn)] if limited else later[:1]
    return fitting[-1] if fitting else limits.Pins(writer, "", "")


# -- what is made complete


def _estimators(root: Any) -> Iterator[Any]:
    """Find scikit-learn's own estimators in an object, and in what it holds."""
    base = getattr(sys.modules.get("sklearn.base"), "BaseEstimator", None)
    seen, left = set(), [root]
    while left:
        each = left.pop()
        if id(each) in seen or isinstance(each, (str, bytes, int, float, type, ModuleType)):
            continue
        seen.add(id(each))
        if base is not None and isinstance(each, base) and type(each).__module__.startswith("sklearn."):
            yield each
        if isinstance(each, dict):
            left.extend(each.values())
        elif isinstance(each, (list, tuple, set)):
            left.extend(each)
        elif getattr(getattr(each, "dtype", None), "kind", "") == "O":
            left.extend(each.ravel())
        left.extend(getattr(each, "__dict__", {}).values())


def _complete(estimator: Any) -> None:
    """Set the parameters that an estimator's class got after the estimator was written to their defaults."""
    parameters = signatures.signature(type(estimator).__init__).parameters
    for name in type(estimator)._get_param_names():
        if not hasattr(estimator, name) and parameters[name].default is not parameters[name].empty:
            setattr(estimator, name, parameters[name].default)
    # what a search without `scoring` holds now has no name that a pickle of before could give it
    if getattr(estimator, "scorer_", None) is moved.passthrough_scorer:
        from sklearn.metrics import check_scoring

        estimator.scorer_ = check_scoring(estimator.estimator, scoring=None)
    if hasattr(estimator, "scorer_") and not hasattr(estimator, "multimetric_"):
        estimator.multimetric_ = False  # a search by scikit-learn 0.18, which knew of one metric only
