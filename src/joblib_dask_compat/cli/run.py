"""Run an unmodified program of old times, with the removed import paths open.

Like python itself: run SCRIPT [ARGUMENTS ...], or run -m MODULE [ARGUMENTS ...]. The program has its own sys.argv and
__main__, and its exit status is this command's. Processes that it spawns have the paths open too. Loading a pickle
runs code that the file names, here as anywhere: see inspect-pickle.
"""

import argparse
import builtins
import functools
import importlib
import importlib.machinery
import importlib.util
import multiprocessing
import os
import sys
import zipfile
from types import CodeType, ModuleType, TracebackType
from typing import Any, Optional

from ..errors import InputError
from . import FINE

FAILED = 1  # as python itself says of an uncaught exception


def configure(command: argparse.ArgumentParser) -> None:
    command.usage = "%(prog)s SCRIPT [ARGUMENTS ...]\n       %(prog)s -m MODULE [ARGUMENTS ...]"
    command.add_argument("-m", dest="is_module", action="store_true", help="the program is a module, as in python -m")
    command.add_argument(
        "program", metavar="PROGRAM", help="a script, a folder or zip file with a __main__.py, or a module"
    )
    command.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENTS", help="the program's own")


def run(arguments: argparse.Namespace) -> int:
    from ..legacy.loading import explain

    main = (_module if arguments.is_module else _script)(arguments.program)
    sys.argv = [str(main.__file__) if arguments.is_module else arguments.program, *arguments.arguments]
    _open_here()
    sys.modules["__main__"] = main
    code = None
    try:
        code = _code(main)
        exec(code, vars(main))
    except InputError:
        raise
    except Exception as exc:
        explained = explain(exc)
        _show(sys.excepthook, code, type(exc), exc, exc.__traceback__)
        if explained is not None:
            print(f"\n{explained}", file=sys.stderr)
        return FAILED
    except BaseException:  # SystemExit and KeyboardInterrupt are the interpreter's to act upon
        sys.excepthook = functools.partial(_show, sys.excepthook, code)
        raise
    return FINE


# -- what is run


def _script(path: str) -> ModuleType:
    if os.path.isdir(path) or (os.path.isfile(path) and zipfile.is_zipfile(path)):
        path = os.path.abspath(path)
        _put_first(path)
        spec = importlib.machinery.PathFinder.find_spec("__main__", [path])
        if spec is None:
            raise _no_program(path, "it has no __main__.py")
        return _main(spec.origin, spec.loader, spec)
    if not os.path.isfile(path):
        raise _no_program(path, "there is no such file")
    _put_first(os.path.dirname(os.path.realpath(path)))
    path = os.path.abspath(path)
    loaders = importlib.machinery.SourcelessFileLoader, importlib.machinery.SourceFileLoader
    return _main(path, loaders[not path.endswith(".pyc")]("__main__", path), None)


def _module(name: str) -> ModuleType:
    _put_first(os.getcwd())
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            spec = importlib.util.find_spec(name + ".__main__")
    except ImportError as exc:
        raise _no_program(name, str(exc)) from exc
    if spec is None:
        raise _no_program(name, "there is no such module, or it is a package without a __main__")
    return _main(spec.origin, spec.loader, spec)


def _no_program(name: str, why: str) -> InputError:
    return InputError(f"{name!r} cannot be run", why, "see joblib-dask-compat run --help", "docs/legacy.md#run")


def _main(path: Any, loader: Any, spec: Any) -> ModuleType:
    """Make a ``__main__`` as the interpreter does; spawned processes find the program by its file or its spec."""
    main = ModuleType("__main__")
    package = spec.parent if spec is not None else None
    vars(main).update(__file__=path, __loader__=loader, __spec__=spec, __package__=package, __cached__=None)
    vars(main).update(__builtins__=builtins)
    return main


def _code(main: Any) -> CodeType:
    if main.__spec__ is not None:
        code = main.__loader__.get_code(main.__spec__.name)
    elif isinstance(main.__loader__, importlib.machinery.SourcelessFileLoader):
        code = main.__loader__.get_code("__main__")
    else:  # not its get_code, which leaves a compiled file beside the script
        code = compile(main.__loader__.get_data(main.__file__), main.__file__, "exec", dont_inherit=True)
    if code is None:
        raise _no_program(main.__spec__.name, "it has no code in Python")
    return code  # type: ignore[no-any-return]


def _put_first(folder: str) -> None:
    """Put the program's folder where this program's is on ``sys.path``."""
    if not getattr(sys.flags, "safe_path", False):
        sys.path[:1] = [folder]


# -- how it ends


def _show(
    hook: Any, code: Optional[CodeType], kind: Any, exc: BaseException, traceback: Optional[TracebackType]
) -> None:
    """Show an exception with the part of its traceback that begins with the program; none, where none ran."""
    while traceback is not None and traceback.tb_frame.f_code is not code:
        traceback = traceback.tb_next
    hook(kind, exc.with_traceback(traceback), traceback)


# -- the open paths, here and in processes that the program spawns


class _Opened:
    """Opens the paths where it is unpickled: in a spawned process, before that imports the program anew."""

    def __reduce__(self) -> Any:
        return _open_here, ()


def _open_here() -> None:
    from .. import legacy

    legacy.install()
    # a server of forks would import the program by itself, before it is told anything
    multiprocessing.set_forkserver_preload([])
    spawn: Any = importlib.import_module("multiprocessing.spawn")
    own = spawn.get_preparation_data

    def with_open_paths(*arguments: Any) -> Any:
        return dict(own(*arguments), joblib_dask_compat=_Opened())

    spawn.get_preparation_data = with_open_paths
