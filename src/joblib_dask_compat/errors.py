"""Every exception and warning of this package.

Each exception says four things: what happened (with the versions or addresses found), why, the command or line
that mends it, and where to read more. Each is also the builtin that a caller would expect, so that code written
for joblib's own errors (``except ValueError``, ``except TimeoutError``) goes on working.
"""

import multiprocessing


class CompatError(Exception):
    """Base of every exception that this package raises on its own account.

    Parameters
    ----------
    what : str
        What happened, with the versions or addresses found.
    why : str
        The cause.
    fix : str
        The exact command or line that mends it.
    more : str
        Where to read more.
    """

    def __init__(self, what: str, why: str = "", fix: str = "", more: str = "") -> None:
        super().__init__(what, why, fix, more)
        self.what = what
        self.why = why
        self.fix = fix
        self.more = more

    def __str__(self) -> str:
        parts = (("Why", self.why), ("What to do", self.fix), ("Read more", self.more))
        told = ["{}: {}".format(title, text.replace("\n", "\n    ")) for title, text in parts if text]
        return "\n  ".join([self.what, *told])


class MissingDependencyError(CompatError, ImportError):
    """A package that the call needs is not installed."""


class BrokenDependencyError(CompatError, ImportError):
    """A package is installed, but importing it fails; the error that it failed with is the ``__cause__``."""


class NoRouteError(CompatError, RuntimeError):
    """No import path gives a Dask backend for a joblib copy on these versions."""


class NoClientError(CompatError, ValueError):
    """There is no Dask client to run on."""


class AsynchronousClientError(CompatError, TypeError):
    """The client is asynchronous; joblib's calls are blocking ones."""


class ConnectError(CompatError, OSError):
    """The scheduler could not be reached within the connect timeout."""


class NoWorkersError(CompatError, TimeoutError):
    """The cluster had no worker for longer than ``wait_for_workers_timeout``."""


class TaskTimeoutError(CompatError, multiprocessing.TimeoutError, TimeoutError):
    """A task took longer than the ``timeout`` given to ``Parallel``; joblib's own error for that is the first."""


class UnguardedMainError(CompatError, RuntimeError):
    """A script starts a cluster without ``if __name__ == "__main__":``, so each worker would start one, too."""


class SilentWorkerError(CompatError, TimeoutError):
    """A worker that has tasks of a call has said nothing for too long, and its scheduler would wait for ever."""


class SchedulerLostError(CompatError, ConnectionError):
    """The connection to the scheduler was lost, or the client was closed, while tasks were running."""


class TasksCancelledError(CompatError, RuntimeError):
    """Somebody else cancelled the tasks of a running call."""


class TaskError(CompatError, RuntimeError):
    """A task failed with an exception that cannot travel; this one carries its name and text."""


class VersionSkewError(CompatError, RuntimeError):
    """Client, scheduler and workers run versions that cannot work together."""


class UnknownBackendError(CompatError, ValueError):
    """No joblib copy knows a backend of this name."""


class UnknownAdvisoryError(CompatError, ValueError):
    """No advisory has this id."""


class OldPickleError(CompatError, ValueError):
    """What an old pickle holds cannot be carried over into the versions that are installed."""


class InputError(CompatError, ValueError):
    """What was given to a command is no version, no combination, or no file that can be read; told in one line."""

    def __str__(self) -> str:
        return "; ".join(filter(None, (self.what, self.why, self.fix, self.more)))


class DamagedDataError(CompatError, RuntimeError):
    """A file that ships with this package is not as it was shipped."""

    @classmethod
    def at(cls, path: str, exc: Exception) -> "DamagedDataError":
        """Return the error of a file that could not be read."""
        return cls(
            f"{path} is damaged.",
            f"reading it raised {type(exc).__name__}: {exc}",
            "python -m pip install --force-reinstall --no-deps joblib-dask-compat",
            "docs/errors.md#damaged-data",
        )


class NothingRanOnClusterWarning(UserWarning):
    """A block ended in which no task ran on the cluster."""


class VersionSkewWarning(UserWarning):
    """Client, scheduler and workers run different versions of something."""


class WorkerSilentWarning(UserWarning):
    """A worker that has tasks of a running call has said nothing for a while."""


class UntestedVersionsWarning(UserWarning):
    """A package is newer than anything that was measured."""


class LegacyImportWarning(FutureWarning):
    """Code uses an import path that upstream removed."""
