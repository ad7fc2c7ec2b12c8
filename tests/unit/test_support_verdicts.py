"""Verdicts on combinations, from records made for each test."""

import math
import time

import pytest
from packaging.specifiers import SpecifierSet

from joblib_dask_compat.support.records import AXES
from joblib_dask_compat.support.verdicts import Judge, exact

#: Has every two of its four parts in one of those around it, and no three.
BETWEEN = "3.9 1.1.0 1.0.2 2021.9.0"
AROUND = (
    "3.9 1.1.0 0.24.2 2021.6.2",
    "3.9 1.0.1 1.0.2 2021.6.2",
    "3.9 1.0.1 0.24.2 2021.9.0",
    "3.8 1.1.0 1.0.2 2021.6.2",
    "3.8 1.1.0 0.24.2 2021.9.0",
    "3.8 1.0.1 1.0.2 2021.9.0",
)


def asked(text):
    return {
        axis: SpecifierSet(f"=={version}") for axis, version in zip(AXES, text.split(), strict=True) if version != "-"
    }


def answer(support, text, **companions):
    return Judge(support).verdict(asked(text), beside(**companions))


def beside(**companions):
    return {name: version and SpecifierSet(f"=={version}") for name, version in companions.items()}


def test_recorded(support_of):
    found = answer(support_of("3.8 1.0.1 1.0.2 2021.6.2"), "3.8 1.0.1 1.0.2 2021.6.2")
    assert (found.verdict, found.works, found.record.date) == ("recorded", True, "2026-11-22")


def test_recorded_failure_says_what_fails(support_of):
    found = answer(support_of("3.8 1.0.1 1.0.2 2021.6.2 partial"), "3.8 1.0.1 1.0.2 2021.6.2")
    assert (found.verdict, found.works) == ("recorded", False)
    assert found.reasons == ("nested: hang, no end within 15 s",)


def test_what_the_resolver_refused_cannot_be_installed(support_of):
    found = answer(support_of("3.8 1.0.1 1.0.2 2021.6.2 error"), "3.8 1.0.1 1.0.2 2021.6.2")
    assert (found.verdict, found.works, found.reasons) == ("not-installable", False, ("no wheel",))


def test_any_that_works_answers_a_question_about_several(support_of):
    support = support_of("3.8 1.0.1 1.0.2 2021.6.2 fails", "3.9 1.0.1 1.0.2 2021.6.2", "3.8 1.1.0 1.0.2 2021.6.2")
    found = answer(support, "- 1.0.1 - 2021.6.2")
    assert (found.verdict, found.works, found.combination.python) == ("recorded", True, "3.9")


def test_one_that_failed_does_not_answer_for_the_others(support_of):
    found = answer(support_of("3.8 1.0.1 1.0.2 2021.6.2 fails"), "- 1.0.1 - 2021.6.2")
    assert (found.verdict, found.works) == ("untested", None)


def test_between_neighbours_in_every_pair(support_of):
    found = answer(support_of(*AROUND), BETWEEN)
    assert (found.verdict, found.works, found.record) == ("interpolated", True, None)


@pytest.mark.parametrize("left_out", AROUND)
def test_without_a_neighbour_nothing_is_said(support_of, left_out):
    found = answer(support_of(*(row for row in AROUND if row != left_out)), BETWEEN)
    assert (found.verdict, found.works) == ("untested", None)
    assert "was not measured" in found.reasons[0]


def test_neighbours_on_both_sides_stand_for_the_pair_itself(support_of):
    _, *others = AROUND  # Python 3.9 with joblib 1.0 and with Python 3.8, joblib 1.1, are among these
    above = ["3.9 1.2.0 0.24.2 2021.6.2", "3.10 1.1.0 1.1.0 2021.6.2"]
    assert answer(support_of(*others, *above), BETWEEN).works is True
    for one in above:
        assert answer(support_of(*others, one), BETWEEN).works is None


@pytest.mark.parametrize("failing", AROUND)
def test_a_neighbour_that_fails_is_no_neighbour(support_of, failing):
    rows = [f"{row} fails" if row == failing else row for row in AROUND]
    assert answer(support_of(*rows), BETWEEN).works is None


def test_a_failure_with_the_same_lines_leaves_a_doubt(support_of):
    found = answer(support_of(*AROUND, "3.9 1.1.1 1.0.1 2021.7.1 partial"), BETWEEN)
    assert found.works is None
    assert "failed" in " ".join(found.reasons)


def test_a_failure_with_three_of_the_lines_leaves_a_doubt_until_these_are_seen_to_work(support_of):
    failure = "3.9 1.1.1 1.0.1 2022.1.0 partial"
    assert answer(support_of(*AROUND, failure), BETWEEN).works is None
    cleared = "3.9 1.1.1 1.0.2 2021.12.0"
    assert answer(support_of(*AROUND, failure, cleared), BETWEEN).works is True


def test_beyond_the_newest_nothing_is_interpolated(support_of):
    found = answer(support_of(*AROUND), "3.9 1.2.0 1.1.1 2021.10.0")
    assert (found.verdict, found.works) == ("untested", None)


def test_what_releases_declare_goes_before_records_nearby(support_of):
    found = answer(support_of(*AROUND), "3.8 1.6.0 1.0.2 2021.9.0")
    assert (found.verdict, found.works) == ("not-installable", False)


def test_advisories_that_this_package_does_not_mend(support_of):
    found = answer(support_of(*AROUND, "3.8 0.13.2 0.24.2 2.9.3 fails"), "3.9 0.13.2 0.24.2 2.9.3")
    assert (found.verdict, found.works) == ("advised-against", False)
    assert found.reasons[0].startswith("joblib-python-3.8: ")


def test_a_record_that_works_goes_before_an_advisory(support_of):
    against = "3.9 0.13.2 0.24.2 2.9.3"
    other = "3.9 0.14.1 0.24.2 2.9.3"
    assert answer(support_of(other), against).verdict == "advised-against"
    support = support_of(other, "3.8 0.13.2 0.24.2 2.9.3")  # if it works there after all
    assert answer(support, "3.8 0.13.2 0.24.2 2.9.3").works is True
    assert answer(support, against).verdict == "untested"


def test_excluded_combinations_are_advised_against(support_of):
    support = support_of(
        *AROUND, excludes=[[{"joblib": "==1.1.*", "python": "==3.9"}, "nobody can", "https://e.org/1"]]
    )
    assert answer(support, BETWEEN).verdict == "advised-against"


def test_unknown_versions_are_untested_and_named(support_of):
    found = answer(support_of(*AROUND), "3.9 99.0 1.0.2 2021.9.0")
    assert (found.verdict, found.works, found.combination) == ("untested", None, None)
    assert "no joblib ==99.0 is known" in found.reasons[0]


def test_nearest_stays_on_the_python_and_moves_few_packages(support_of):
    support = support_of("3.8 1.0.1 1.0.2 2021.6.2", "3.9 1.1.0 1.0.2 2021.6.2", "3.8 0.17.0 0.24.2 2.30.1")
    judge = Judge(support)
    assert judge.nearest(asked("3.8 1.1.0 1.0.2 2021.6.2")).combination.joblib == "1.0.1"
    assert judge.nearest(asked("3.9 0.17.0 1.0.2 2021.6.2")).combination.joblib == "1.1.0"
    assert judge.nearest(asked("3.6 0.17.0 0.24.2 2.30.1")).combination.sklearn == "0.24.2"
    assert Judge(support_of()).nearest(asked("3.8 - - -")) is None


@pytest.mark.parametrize(
    ("ranges", "version"), [("==1.0", "1.0"), ("==1.0.*", None), (">=1.0", None), ("", None), ("==1.0,<2", "1.0")]
)
def test_exact(ranges, version):
    assert exact(SpecifierSet(ranges)) == version


@pytest.mark.parametrize(
    ("companions", "works"), [({}, True), ({"msgpack": "0.6.2"}, True), ({"msgpack": "1.0.0", "tornado": "6.0"}, False)]
)
def test_companions_may_be_what_speaks_against_it(support_of, companions, works):
    judge = Judge(support_of("3.7 0.14.1 0.21.3 2.9.3"))
    found = judge.verdict(asked("3.7 0.14.1 0.21.3 2.9.3"), beside(**companions))
    assert found.works is works
    if not works:
        assert found.verdict == "advised-against"
        assert found.reasons[0].startswith("msgpack-1: ")


def test_companions_are_looked_at_where_nothing_was_measured_too(support_of):
    support = support_of("3.7 0.14.1 0.21.3 2.9.3", "3.7 0.14.1 0.22.1 2.10.0 fails")
    assert answer(support, "3.7 1.3.0 0.21.3 2.9.3").works is None
    found = answer(support, "3.7 1.3.0 0.21.3 2.9.3", msgpack="1.0.0")
    assert (found.verdict, found.works, found.record) == ("advised-against", False, None)
    assert found.reasons[0].startswith("msgpack-1: ")
    assert answer(support, "3.7 1.3.0 0.21.3 2.9.3", msgpack="0.6.2").works is None
    assert answer(support, "3.7 0.14.1 0.22.1 2.10.0", msgpack="1.0.0").reasons[0].startswith("grid_search: fail")


def test_companions_decide_among_several(support_of):
    support = support_of("3.7 0.14.1 0.21.3 2.9.3", "3.7 0.14.1 0.21.3 2.11.0")
    assert answer(support, "3.7 0.14.1 - -", msgpack="1.0.0").combination.distributed == "2.11.0"
    assert answer(support, "3.7 0.14.1 - 2.9.3").works is True


@pytest.mark.parametrize(
    ("text", "dask", "verdict"),
    [
        ("3.9 1.2.0 1.2.2 2023.9.3", "2023.9.3", "recorded"),
        ("3.9 1.2.0 1.2.2 2023.9.3", "2024.1.0", "not-installable"),
        ("3.9 1.2.0 1.2.1 2023.9.3", "2024.1.0", "not-installable"),
        ("3.9 1.2.0 1.2.2 -", "2023.9.3", "recorded"),
        ("3.9 1.2.0 1.2.2 -", "2023.9.2", "untested"),
        ("3.9 1.2.0 1.2.2 -", "2.30.0", "untested"),
    ],
)
def test_distributed_goes_with_one_dask(support_of, text, dask, verdict):
    found = answer(support_of("3.9 1.2.0 1.2.2 2023.9.3"), text, dask=dask)
    assert found.verdict == verdict
    if verdict == "not-installable":
        assert found.reasons == (f"distributed 2023.9.3 requires dask==2023.9.3, not dask=={dask}",)
    elif text.endswith("-"):
        assert found.combination.distributed == ("2021.4.1" if dask == "2.30.0" else dask)


def test_what_is_absent_may_speak_against_it_where_that_is_known(support_of):
    support = support_of("3.11 1.2.0 1.3.2 2023.10.0", "3.12 1.3.2 1.3.2 2023.10.0")
    text = "3.12 1.2.0 1.3.2 2023.10.0"  # takes distutils, which setuptools brings
    assert answer(support, text).works is None
    assert answer(support, text, setuptools="80.9.0").works is None
    for version in (None, "60.0"):
        found = answer(support, text, setuptools=version)
        assert (found.verdict, found.reasons[0][:23]) == ("advised-against", "joblib-needs-distutils:")
    assert answer(support, "3.12 1.3.2 1.3.2 2023.10.0", setuptools=None).works is True


def test_what_was_measured_with_a_companion_is_not_known_to_work_without_it(support_of):
    support = support_of("3.12 1.2.0 1.3.2 2023.10.0 works 3", pins=["setuptools==80.9.0"])
    text = "3.12 1.2.0 1.3.2 2023.10.0"
    assert answer(support, text).works is True
    assert answer(support, text, setuptools="80.9.0").works is True
    assert answer(support, text, setuptools="79.0").works is True
    assert answer(support, text, setuptools=None).verdict == "advised-against"


def test_how_many_were_meant(support_of):
    support = support_of(*AROUND)
    assert answer(support, BETWEEN).among == 1
    several = Judge(support).verdict({**asked(BETWEEN), "joblib": SpecifierSet("==1.1.*")})
    assert (several.among, several.works) == (2, True)
    assert answer(support, "3.9 99.0 1.0.2 2021.9.0").among == 0
    everything = answer(support, "- - - -").among
    assert everything == math.prod(len(support.known(axis)) for axis in AXES)


def test_the_newest_of_several_that_stands_between_is_the_answer(support_of):
    found = answer(support_of(*AROUND), "3.9 1.1.0 1.0.2 -")
    assert found.combination.distributed == "2021.9.0"  # beyond, nothing is known
    assert found.verdict == "interpolated"


def test_open_questions_are_answered_at_once(support_of):
    """Thousands of combinations are meant; each two versions are looked at once."""
    support = support_of(*AROUND)
    began = time.process_time()
    assert answer(support, "- 1.5.2 - -").verdict == "untested"
    assert answer(support, "- - 1.5.2 -").verdict == "untested"
    assert time.process_time() - began < 2


def test_security_does_not_keep_from_working(support_of):
    support = support_of("3.8 0.17.0 0.24.2 2.30.1 fails")
    assert answer(support, "3.8 1.0.1 1.0.2 2021.6.2").verdict == "untested"
