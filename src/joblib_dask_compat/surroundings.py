"""What surrounds a task besides its arguments: scikit-learn's configuration and the warnings that it raises.

A sequential loop has both without asking. On a worker the configuration has to be set, and the warnings have to be
recorded and brought home, or they end in the worker's log.
"""

import contextlib
import sys
import threading
import warnings
from typing import Any, Dict, Iterator, List, Optional, Tuple

#: One warning: message, category, file, line, module, and how often it was raised.
Warned = Tuple[Any, type, str, int, str, int]


def sklearn_config() -> Dict[str, Any]:
    """Return the calling thread's scikit-learn configuration; empty where scikit-learn is not loaded."""
    sklearn = sys.modules.get("sklearn")
    # absent before 0.19, and while scikit-learn is being imported
    get_config = getattr(sklearn, "get_config", None)
    return dict(get_config()) if get_config is not None else {}


def configure_sklearn(config: Dict[str, Any], stack: contextlib.ExitStack) -> None:
    """Set scikit-learn's configuration until `stack` ends, as far as this process's scikit-learn knows its options.

    Before 1.0 the configuration belongs to the whole process, not to the thread. Threads that set and restore it
    would undo each other's, so there it is set and left: the next batch sets its own.
    """
    if not config:
        return
    import sklearn

    known = sklearn.get_config()
    config = {name: config[name] for name in config if name in known}
    if _is_per_thread():
        stack.enter_context(sklearn.config_context(**config))
    else:
        sklearn.set_config(**config)


def _is_per_thread() -> bool:
    return hasattr(sys.modules.get("sklearn._config"), "_threadlocal")


class Recorder:
    """Records the warnings of several threads at once, each thread's apart.

    ``warnings.catch_warnings`` replaces state of the whole process, so threads that use it at the same time
    lose each other's warnings. Here the first thread in makes every warning pass and the last one out restores.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lists: Dict[int, List[List[Tuple[Any, ...]]]] = {}
        self._saved: Optional[Any] = None
        self._show = warnings.showwarning

    @contextlib.contextmanager
    def recording(self) -> Iterator[List[Tuple[Any, ...]]]:
        """Record the warnings that this thread raises."""
        mine: List[Tuple[Any, ...]] = []
        thread = threading.get_ident()
        with self._lock:
            if not self._lists:
                self._open()
            self._lists.setdefault(thread, []).append(mine)
        try:
            yield mine
        finally:
            with self._lock:
                self._lists[thread].pop()
                if not self._lists[thread]:
                    del self._lists[thread]
                if not self._lists:
                    self._saved.__exit__(None, None, None)  # type: ignore

    def _open(self) -> None:
        self._saved = warnings.catch_warnings()
        self._saved.__enter__()
        self._show = warnings.showwarning
        warnings.simplefilter("always")
        warnings.showwarning = self._record

    def _record(
        self,
        message: Any,
        category: type,
        filename: str,
        lineno: int,
        file: Any = None,
        line: Any = None,
    ) -> None:
        lists = self._lists.get(threading.get_ident())
        if lists:
            lists[-1].append((message, category, filename, lineno, _module_at(filename, lineno)))
        else:
            self._show(message, category, filename, lineno, file, line)


_recorder = Recorder()
recording_warnings = _recorder.recording


def _module_at(filename: str, lineno: int) -> str:
    """Name the module that a warning points at: filters go by that name, and records do not carry it."""
    frame: Any = sys._getframe(1)
    while frame is not None:
        if frame.f_code.co_filename == filename and frame.f_lineno == lineno:
            return str(frame.f_globals.get("__name__", "<unknown>"))
        frame = frame.f_back
    return filename[:-3] if filename.endswith(".py") else filename


def counted(records: List[Tuple[Any, ...]]) -> List[Warned]:
    """Fold equal warnings into one with a count, in the order of their first appearance."""
    folded: Dict[Tuple[Any, ...], List[Any]] = {}
    for message, category, filename, lineno, module in records:
        key = (str(message), category, filename, lineno)
        entry = folded.setdefault(key, [message, category, filename, lineno, module, 0])
        entry[-1] += 1
    return [(*_portable(*entry[:2]), *entry[2:]) for entry in folded.values()]


def _portable(message: Any, category: type) -> Tuple[Any, type]:
    """Return a warning, or one that says the same where pickle cannot make it again (InconsistentVersionWarning)."""
    from . import serialize

    try:
        serialize.loads(serialize.dumps((message, category)))
    except Exception:
        builtin: Any = next(each for each in category.__mro__ if each.__module__ == "builtins")
        return builtin(f"{category.__name__}: {message}"), builtin
    return message, category


def warn_again(records: List[Warned]) -> None:
    """Raise recorded warnings in this thread, as if their code had run here: the filters decide anew."""
    for message, category, filename, lineno, module, count in records:
        home = sys.modules.get(module)
        registry = getattr(home, "__dict__", _registries).setdefault("__warningregistry__", {})
        for _ in range(count):
            warnings.warn_explicit(message, category, filename, lineno, module, registry)


#: Where "once per location" is remembered for modules that only workers have imported.
_registries: Dict[str, Dict[Any, Any]] = {}
