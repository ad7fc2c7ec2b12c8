#!/usr/bin/env -S uv run --script
# /// script
# requires-python = ">=3.11"
# dependencies = ["nox >= 2025.5.1"]
# ///
"""What can be done in this checkout: `nox -l` lists it, a plain `nox` runs lint and tests."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nox

nox.needs_version = ">= 2025.5.1"
nox.options.default_venv_backend = "uv|venv"
nox.options.error_on_missing_interpreters = True  # skipped is not passed
nox.options.sessions = ["lint", "tests"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
BENCHMARKS = [
    *("import_time", "enter_block", "large_array", "short_tasks", "task_length", "speedup", "noop_tasks"),
    *("where_time_goes", "lost_time", "progress_cost", "grid_search", "old_stacks", "many_blocks"),
]
#: What a benchmark also measures, each from an environment of its own.
CONTENDERS = {"speedup": ["ray"], "grid_search": ["ray", "dask-ml"]}
LEGACY = [f"tests/legacy/test_{name}.py" for name in ("install", "call_forms", "snippets", "run", "pickles")]
SWEEPING = ["packaging", "tqdm", "uv"]
#: The oldest stack, a middle and the newest one.
STACKS = nox.project.load_toml("matrix/matrix.toml")["whole_in_ci"]


def pyenv_root() -> Path:
    if "PYENV_ROOT" in os.environ:
        return Path(os.environ["PYENV_ROOT"])
    if shutil.which("pyenv"):
        return Path(subprocess.check_output(["pyenv", "root"], text=True).strip())
    return Path.home() / ".pyenv"


def search_path() -> str:
    """PATH with pyenv's interpreters; its shims go last, as they fail for unselected versions."""
    root = pyenv_root()
    shims = str(root / "shims")
    own = [folder for folder in os.environ["PATH"].split(os.pathsep) if folder != shims]
    versions = map(str, sorted(root.glob("versions/*/bin")))
    return os.pathsep.join([str(Path(sys.executable).parent), *own, *versions, shims])


# compiled once: every worker process imports scikit-learn and distributed
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.update(PATH=search_path(), UV_PYTHON_DOWNLOADS="never", UV_PYTHON_PREFERENCE="only-system")


@nox.session
def demo(session: nox.Session) -> None:
    """Run a real grid search on an embedded cluster, or on yours: `-- --scheduler ADDR`."""
    session.install(".[cluster,progress]")
    session.run("joblib-dask-compat", "demo", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests against the built package and the newest cluster stack."""
    session.install(".[cluster]", *nox.project.dependency_groups(PYPROJECT, "tests"))
    session.run("pytest", *session.posargs)


@nox.session(default=False)
def skew(session: nox.Session) -> None:
    """Check the version checks alone: clusters whose workers run other versions, in environments of their own."""
    session.install(*SWEEPING, "pytest", "jsonschema")
    session.run("pytest", "tests/skew", *session.posargs)


@nox.session(default=False)
def legacy(session: nox.Session) -> None:
    """Run old programs and load old pickles in the oldest, a middle and the newest stack."""
    session.install(*SWEEPING, "pytest")
    run_pytest_on(STACKS, session, "LEGACY", *LEGACY, *session.posargs)


@nox.session(default=False)
def cluster(session: nox.Session) -> None:
    """Test schedulers and workers that are processes of their own; without options on old stacks too; `-- -m soak`.

    `-- --record` runs everything, and writes what faults cost into reliability/results.
    """
    install_debian(session, {"ip": "iproute2"})
    session.install(".[cluster]", *SWEEPING, *nox.project.dependency_groups(PYPROJECT, "tests"))
    recording = session.posargs == ["--record"]
    record = ["--record", "reliability/results/faults"] if recording else []
    chosen = record or session.posargs or ["-m", "not soak"]
    session.run("pytest", "tests/cluster", "tests/deployed", *([] if record else ["tests/skew"]), *chosen)
    if recording or not session.posargs:
        run_pytest_on(STACKS[:-1], session, "CLUSTER", "tests/deployed", "-m", "core", *record)


@nox.session(default=False)
def soak(session: nox.Session) -> None:
    """Run 100,000 tasks while workers die, stop, leave and come: 20 minutes, or `-- --minutes N --tasks N`."""
    session.install(".[cluster]", "psutil")
    # interrupted, it needs a moment to end the processes that it started
    session.run("python", "reliability/soak.py", *session.posargs, interrupt_timeout=30, terminate_timeout=30)


@nox.session(default=False, python="3.14")  # the newest that atheris has wheels for
def fuzz(session: nox.Session) -> None:
    """Fuzz everything that reads, half a minute each: `-- --seconds 600 pickle` for one of them."""
    session.install(".", *nox.project.dependency_groups(PYPROJECT, "fuzz"))
    session.run("python", "fuzz/run.py", *session.posargs)


@nox.session(default=False)
def slurm(session: nox.Session) -> None:
    """Run the guide to Slurm on a Slurm of one machine, which it installs on Debian as root."""
    if os.geteuid() != 0:
        session.skip("the daemons of Slurm need root")
    if missing := install_debian(session, {"munged": "munge", "slurmctld": "slurm-wlm", "sbatch": "slurm-wlm"}):
        session.skip(f"there is no {', '.join(missing)}, and no apt-get to install them")
    session.install(".[cluster]", "dask-jobqueue", "pytest")
    session.run("pytest", "tests/slurm", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Check style, types, and that Python 3.6 can still read the package."""
    install_locked(session, "lint")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy", "src")
    session.run("python", "tools/check_py36.py")
    session.run("python", "tools/compile_advisories.py", "--check")
    session.run("python", "tools/lock.py", "--check")


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Lock the tools in requirements/ to their newest versions."""
    session.install("packaging", "uv")
    session.run("python", "tools/lock.py")


@nox.session
def edges(session: nox.Session) -> None:
    """Measure and judge the boundary cells of the matrix; `-- --ci` for CI's part of it."""
    run_with_wheel(session, "sweep.py", "--edges", "--verdict")


@nox.session
def sweep(session: nox.Session) -> None:
    """Measure what the plan lacks, in hours, or a slice of it: `-- --python 3.8`; see matrix/README.md."""
    run_with_wheel(session, "sweep.py", "--plan", "--resume")


@nox.session(default=False)
def random(session: nox.Session) -> None:
    """Measure cells that nobody chose: `-- --seed 1 --cells 5`."""
    run_with_wheel(session, "random_cells.py")


@nox.session
def verdict(session: nox.Session) -> None:
    """Judge the committed records: every behaviour passes or is a known failure that fails."""
    session.install(*SWEEPING)
    session.run("python", "matrix/verdict.py", *session.posargs)


@nox.session
def render(session: nox.Session) -> None:
    """Write what is made of the records; `-- --check` fails where a file is stale or edited."""
    install_locked(session, "render")
    session.run("python", "matrix/render.py", *session.posargs)
    session.run("python", "benchmarks/render.py", *session.posargs)
    session.run("python", "matrix/pickles/tables.py", *session.posargs)
    session.run("python", "reliability/render.py", *session.posargs)


@nox.session
def site(session: nox.Session) -> None:
    """Use the page in Chromium: by mouse, by keyboard, on narrow screens, without scripts."""
    install_locked(session, "site")
    session.run("pytest", "tests/site", *session.posargs, env={"CHROMIUM": chromium(session)})


def chromium(session: nox.Session) -> str:
    """The browser that is installed, or Debian's; without one nothing is skipped."""
    names = ("chromium", "chromium-browser", "google-chrome")
    if not any(map(shutil.which, names)):
        install_debian(session, {"chromium": "chromium"})
    if found := next(filter(None, map(shutil.which, names)), None):
        return found
    session.error(f"there is none of {', '.join(names)} on PATH; on Debian: apt-get install chromium")


@nox.session(default=False)
def advice(session: nox.Session) -> None:
    """Install and run what pins, caniuse and upgrade say; hours: `-- pins --python 3.8` for a part."""
    session.install(".", *SWEEPING)
    chosen, *arguments = session.posargs or ["pins caniuse upgrade"]
    for name in chosen.split():
        session.run("python", f"matrix/check_{name}.py", *arguments)


@nox.session(name="upstream-suites", default=False)
def upstream_suites(session: nox.Session) -> None:
    """Run joblib's and scikit-learn's own tests on the backend; half an hour: `-- --only NAME`."""
    run_with_wheel(session, "upstream_suites.py")


@nox.session(default=False, python="3.12")
def bench(session: nox.Session) -> None:
    """Measure speed, as ratios, on a quiet machine; an hour: `-- short_tasks` for one script."""
    render = nox.project.dependency_groups(PYPROJECT, "render")
    session.install(".[cluster,progress]", "psutil", *SWEEPING, *render)
    first = next((place for place, each in enumerate(session.posargs) if each.startswith("-")), len(session.posargs))
    names, options, failed = session.posargs[:first] or BENCHMARKS, session.posargs[first:], []
    pythons = pythons_with(session, {each for name in names for each in CONTENDERS.get(name, ())})
    for name in names:
        elsewhere = [f"{each}={pythons[each]}" for each in CONTENDERS.get(name, ())]
        try:
            session.run("python", f"benchmarks/{name}.py", *(["--python", *elsewhere] if elsewhere else ()), *options)
        except nox.command.CommandFailed:  # a bar is missed; the others are measured all the same
            failed.append(name)
    session.run("python", "benchmarks/render.py")
    if failed:
        session.error(f"missed or failed: {', '.join(failed)}")


def pythons_with(session: nox.Session, packages: set[str]) -> dict[str, Path]:
    """Install each package beside ours in an environment of its own, with the versions here; return the pythons."""
    if not packages:
        return {}
    folder = Path(session.virtualenv.location) / "beside"
    folder.mkdir(exist_ok=True)
    same = folder / "same.txt"
    installed = session.run("uv", "pip", "freeze", silent=True) or ""
    same.write_text("\n".join(line for line in installed.splitlines() if "==" in line), encoding="utf-8")
    pythons = {package: folder / package / "bin" / "python" for package in sorted(packages)}
    for package, python in pythons.items():
        environment = str(folder / package)
        session.run("uv", "venv", "--quiet", "--clear", "--python", session.virtualenv.interpreter, environment)
        session.run("uv", "pip", "install", "--quiet", "--python", str(python), "-c", str(same), ".[cluster]", package)
    return pythons


def install_debian(session: nox.Session, packages: dict[str, str]) -> list[str]:
    """Install the Debian packages of commands that are missing, if that is possible; return what is missing still."""
    missing = [name for name in packages if not shutil.which(name)]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        chosen = sorted({packages[name] for name in missing})
        session.run("apt-get", "update", "-qq", external=True)
        session.run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *chosen, external=True)
    return [name for name in missing if not shutil.which(name)]


def install_locked(session: nox.Session, group: str) -> None:
    """Install a group of pyproject.toml as it is locked: what is checked and rendered is the same everywhere."""
    session.install("--require-hashes", "-r", f"requirements/{group}.txt")


def run_with_wheel(session: nox.Session, script: str, *arguments: str) -> None:
    """Build one wheel, and have a script of the matrix measure that one everywhere."""
    session.install(*SWEEPING)
    with built_wheel(session) as wheel:
        command = [f"matrix/{script}", "--wheel", str(wheel), *arguments, *session.posargs]
        # interrupted, it needs a moment to end the clusters that it started
        session.run("python", *command, interrupt_timeout=30, terminate_timeout=30)


def run_pytest_on(stacks: list[str], session: nox.Session, prefix: str, *arguments: str) -> None:
    """Run tests that start programs in another stack: PREFIX_PYTHON names its Python, PREFIX_PATH has the package."""
    with built_wheel(session) as wheel:
        shutil.unpack_archive(wheel, wheel.parent, "zip")
        for cell in stacks:
            made = session.run("python", "matrix/environments.py", "--print", cell, silent=True)
            env = {f"{prefix}_PYTHON": str(made).strip().splitlines()[-1], f"{prefix}_PATH": str(wheel.parent)}
            session.run("pytest", *arguments, env=env)


@contextlib.contextmanager
def built_wheel(session: nox.Session) -> Iterator[Path]:
    """A wheel of this checkout, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        session.run("uv", "build", "--wheel", "--quiet", "--out-dir", folder)
        (wheel,) = Path(folder).glob("*.whl")
        yield wheel


if __name__ == "__main__":
    nox.main()
