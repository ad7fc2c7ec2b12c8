"""The workflows: what they use is named by its content, and nothing is published that was not attested."""

import re
from pathlib import Path

import pytest
import yaml

WORKFLOWS = {
    path.name: yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    for path in (Path(__file__).parents[2] / ".github" / "workflows").glob("*.y*ml")
}


def uses(job):
    """What a job uses: itself, if it is a workflow's, and in its steps."""
    return [each["uses"] for each in (job, *job.get("steps", ())) if "uses" in each]


def before(jobs, name):
    """The jobs that must have succeeded before another one begins."""
    needs = jobs[name].get("needs", [])
    named = [needs] if isinstance(needs, str) else needs
    return {*named, *(each for other in named for each in before(jobs, other))}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_action_is_pinned_to_a_commit(name):
    used = [each for job in WORKFLOWS[name].values() for each in uses(job)]
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w.-]+(/[\w.-]+)+@[0-9a-f]{40}", each)] == []


def test_what_is_published_was_attested():
    jobs = WORKFLOWS["release.yml"]

    def using(action):
        return {name for name, job in jobs.items() if any(each.startswith(action + "@") for each in uses(job))}

    (publish,), attest = using("pypa/gh-action-pypi-publish"), using("actions/attest")
    assert attest
    assert attest <= before(jobs, publish)
