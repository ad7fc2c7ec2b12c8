"""Programs of eight years, each written after what documentation and public code did at its time, run unmodified."""

import json
from pathlib import Path

import pytest

SNIPPETS = sorted(Path(__file__).parent.glob("snippets/*.py"))

pytestmark = pytest.mark.cluster


def flat(numbers):
    return {int(number) for each in numbers for number in (flat(each) if isinstance(each, list) else [each])}


def test_there_are_snippets_of_many_eras():
    assert len(SNIPPETS) >= 8
    assert len({path.stem.split("_")[1] for path in SNIPPETS}) >= 5


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda path: path.stem)
def test_it_runs_and_its_tasks_run_on_the_workers(stack, cluster, snippet):
    done = stack.runs(snippet, cluster["address"])
    pids = flat(json.loads(done.stdout.splitlines()[-1]))
    assert pids
    assert pids <= set(cluster["pids"])
