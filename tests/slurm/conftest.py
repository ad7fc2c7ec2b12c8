"""A Slurm of one machine, on loopback, with all that it writes in one folder; and a scheduler of dask-jobqueue on it.

Not part of `nox -s tests`: it needs slurm-wlm and munge, and root. `nox -s slurm` installs them on Debian.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import processes
import stage

SECONDS = 120

# Daemons of one machine bind to its address alone, account for nothing, and leave cgroups to whoever owns them.
CONFIG = """
ClusterName=test
SlurmUser=root
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ReturnToService=2
MailProg=/bin/true
NodeName={host} NodeAddr=127.0.0.1 CPUs={processors} RealMemory=2000 State=UNKNOWN
PartitionName=compute Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


class Slurm:
    """The daemons, and its commands."""

    def __init__(self, folder: Path, ending: ExitStack) -> None:
        self.folder = folder
        self._ending = ending
        self._log = folder / "log.txt"
        self.environ = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}

    def start(self) -> None:
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        (self.folder / "munge.key").write_bytes(os.urandom(128))
        (self.folder / "munge.key").chmod(0o600)
        host = socket.gethostname().partition(".")[0]
        text = CONFIG.format(folder=self.folder, host=host, ports=_free_ports(2), processors=os.cpu_count())
        (self.folder / "slurm.conf").write_text(text, encoding="utf-8")

        files = [f"--{name}-file={self.folder}/munge.{name}" for name in ("key", "log", "pid", "seed")]
        self._run("munged", "--foreground", "--force", f"--socket={self.folder}/munge.socket", *files)
        self.until((self.folder / "munge.socket").exists)
        self._run("slurmctld", "-D", "-f", self.folder / "slurm.conf")
        self._run("slurmd", "-D", "-f", self.folder / "slurm.conf")
        self.until(lambda: "idle" in self.does("sinfo", "--noheader", "--format=%T"))

    def _run(self, *command: object) -> None:
        words = list(map(str, command))
        self._ending.enter_context(processes.running(words, self.folder, self._log))

    def does(self, *command: str) -> str:
        """Run a command of Slurm and return what it printed, which is nothing while the controller starts."""
        return subprocess.run(command, check=False, env=self.environ, capture_output=True, text=True).stdout

    def until(self, condition: Callable[[], object]) -> None:
        stage.until(condition, SECONDS, lambda: self._log.read_text(encoding="utf-8", errors="replace"))


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    with ExitStack() as ending:
        started = Slurm(tmp_path_factory.mktemp("slurm"), ending)
        started.start()
        yield started
