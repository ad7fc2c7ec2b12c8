"""The corpus: what each program becomes, and that it then does what it did.

`corpus/before` has programs after patterns in public code, each with what it prints in comments; `corpus/compat` and
`corpus/upstream` have what they are expected to become.
"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from joblib_dask_compat import local_cluster
from joblib_dask_compat.migrate.files import migrate_file

HERE = Path(__file__).parent
BEFORE = sorted((HERE / "corpus" / "before").iterdir())
TARGETS = ("compat", "upstream")
PRINTS = re.compile(r"# prints: (.*)$", re.MULTILINE)

#: Idioms that run on the newest stack as they are.
RUN_TODAY = {
    "factory_lambda.py",
    "factory_partial.py",
    "instance.py",
    "ladder.py",
    "ladder_that_decides.py",
    "modern.py",
    "modern_options.py",
    "probe_by_class.py",
    "string_paths.py",
    "version_switch.py",
}

#: Programs that say so when they are to be rewritten in joblib's own spelling, which has nothing for them.
NOT_UPSTREAM = {"named_in_parallel.py"}


def expected(path, target):
    return HERE / "corpus" / target / path.name


def names(paths):
    return [path.name for path in paths]


def test_corpus_is_whole():
    assert len([path for path in BEFORE if path.suffix == ".py"]) >= 30
    assert len([path for path in BEFORE if path.suffix == ".ipynb"]) >= 5
    for target in TARGETS:
        assert names(sorted((HERE / "corpus" / target).iterdir())) == names(BEFORE)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("path", BEFORE, ids=names(BEFORE))
def test_rewritten_as_expected(path, target):
    outcome = migrate_file(str(path), target)
    assert not outcome.error
    assert outcome.after == expected(path, target).read_bytes().decode()


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("path", BEFORE, ids=names(BEFORE))
def test_twice_changes_nothing_more(path, target):
    outcome = migrate_file(str(expected(path, target)), target)
    assert not outcome.error
    assert outcome.after == outcome.before


def printed_by(path):
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        text = "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"])
    return "".join(line + "\n" for line in PRINTS.findall(text))


@pytest.fixture(scope="module")
def run():
    """Return a function that runs programs on one cluster and gives back what each printed."""
    with local_cluster(n_workers=2) as client:
        environment = {**os.environ, "SCHEDULER": client.scheduler.address.partition("://")[2]}

        def run(paths):
            command = [sys.executable, str(HERE / "running.py"), *map(str, paths)]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True, timeout=180)
            return json.loads(done.stdout)

        yield run


@pytest.mark.cluster
def test_compat_runs_as_before(run):
    assert run(expected(path, "compat") for path in BEFORE) == {path.name: printed_by(path) for path in BEFORE}


@pytest.mark.cluster
def test_upstream_runs_as_before(run):
    assert all(migrate_file(str(path), "upstream").notes for path in BEFORE if path.name in NOT_UPSTREAM)
    others = [
        path
        for path in BEFORE
        if path.name not in NOT_UPSTREAM
        and expected(path, "upstream").read_bytes() != expected(path, "compat").read_bytes()
    ]
    assert run(expected(path, "upstream") for path in others) == {path.name: printed_by(path) for path in others}


@pytest.mark.cluster
def test_originals_need_it(run):
    printed = run(BEFORE)
    assert {path.name for path in BEFORE if printed[path.name] == printed_by(path)} == RUN_TODAY
