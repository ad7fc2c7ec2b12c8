"""What outcomes, versions and faults amount to."""

from __future__ import annotations

from typing import Any

import pytest

import cells
from rendering import faults, states, versions


def outcomes(**statuses: str) -> dict[str, dict[str, Any]]:
    return {name: {"status": status} for name, status in statuses.items()}


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ({}, "untested"),
        ({"generator": "n/a"}, "untested"),
        ({"grid_search": "pass"}, "pass"),
        ({"grid_search": "pass", "generator": "n/a"}, "pass"),
        ({"grid_search": "pass", "nested": "fail"}, "partial"),
        ({"grid_search": "pass", "nested": "flaky"}, "partial"),
        ({"nested": "pass", "clean": "crash"}, "partial"),  # a grid search was not measured
        ({"grid_search": "hang", "nested": "pass"}, "fail"),
        ({"grid_search": "flaky", "nested": "pass"}, "fail"),
        ({"nested": "fail"}, "fail"),
    ],
)
def test_state_of_a_column(statuses: dict[str, str], state: str) -> None:
    assert states.state(outcomes(**statuses)) == state


@pytest.mark.parametrize("ours", states.STATES)
@pytest.mark.parametrize("upstream", states.STATES)
def test_every_pair_of_states_has_a_word(ours: str, upstream: str) -> None:
    if (ours == states.NOT_INSTALLABLE) == (upstream == states.NOT_INSTALLABLE):
        state = states.combined(ours, upstream)
        assert states.COMBINED[state].word
        assert (ours == states.PASS) == (state in ("both", "mends", "only", "ours"))


def test_no_two_states_look_or_sound_alike() -> None:
    for table in (states.STATES, states.COMBINED):
        assert (
            len({state.symbol for state in table.values()})
            == len({state.word for state in table.values()})
            == len(table)
        )


@pytest.mark.parametrize(
    ("release", "era"),
    [
        ("1.20.0", "1.20-1.23"),
        ("1.23.3", "1.20-1.23"),
        ("1.24.0", "1.24-1.28"),
        ("2.0.1", "2.0-2.9"),
        ("2.9.3", "2.0-2.9"),
        ("2.10.0", "2.10-2020.12"),
        ("2020.12.0", "2.10-2020.12"),
        ("2021.1.0", "2021"),
        ("2026.8.0", "2026"),
    ],
)
def test_era_of_a_release(release: str, era: str) -> None:
    assert versions.era(release) == era
    assert era in versions.eras()


def test_a_release_that_is_too_new_for_the_list_has_a_line_of_its_own() -> None:
    assert versions.lines("joblib", ["99.1.2"])[-2:] == ["1.6", "99.1"]
    assert versions.lines("distributed")[-1] == "2026 Q3"


@pytest.mark.parametrize(
    ("sklearn", "used"),
    [
        ("0.18.2", "0.10.3"),
        ("0.19.2", "0.11"),
        ("0.20.0", "0.12.5"),
        ("0.20.3", "0.13.0"),
        ("0.20.4", "0.13.2"),
        ("0.21.0", "0.14.1"),
    ],
)
def test_joblib_that_scikit_learn_uses(sklearn: str, used: str) -> None:
    assert faults.used_joblib(cells.from_id(f"py3.6-joblib0.14.1-sklearn{sklearn}-distributed2.9.3")) == used


def test_faults_that_explain_an_outcome() -> None:
    newest = cells.from_id("py3.13-joblib1.6.0-sklearn1.9.1-distributed2026.8.0")
    older = cells.from_id("py3.10-joblib1.3.2-sklearn1.4.2-distributed2024.6.2")
    assert [each["id"] for each in faults.explaining(newest, "killed_worker")] == ["worker-death-hangs"]
    assert faults.explaining(older, "killed_worker") == []
    assert faults.security(newest) == []
