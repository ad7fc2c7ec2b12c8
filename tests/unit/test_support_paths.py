"""Upgrade paths, through records made for each test."""

import pytest
from packaging.specifiers import SpecifierSet

from joblib_dask_compat.support import features, paths
from joblib_dask_compat.support.records import Combination

START = Combination("3.7", "0.14.1", "0.22.1", "2.9.3")
LADDER = (
    "3.7 0.17.0 0.22.1 2.9.3",
    "3.7 0.17.0 0.24.2 2.9.3",
    "3.7 0.17.0 0.24.2 2021.3.0",
    "3.9 0.17.0 0.24.2 2021.3.0",
)


def asked(**ranges):
    return {axis: SpecifierSet(text) for axis, text in ranges.items()}


def way(support, start=START, **ranges):
    steps = paths.find(support, start, asked(**ranges))
    return steps if steps is None else [(each.moved, str(each.record.combination)) for each in steps]


def test_one_package_a_step(support_of):
    steps = paths.find(support_of(*LADDER), START, asked(python="==3.9"))
    assert [each.moved for each in steps] == [("joblib",), ("sklearn",), ("distributed",), ("python",)]
    assert [each.before for each in steps] == [START, *(each.record.combination for each in steps[:-1])]


def test_one_package_a_step_even_where_a_leap_would_be_shorter(support_of):
    assert len(way(support_of(*LADDER, "3.7 0.17.0 0.24.2 2.30.1"), python="==3.9")) == 4


def test_several_gentle_steps_come_before_one_leap(support_of):
    end = "3.9 1.0.1 1.0.2 2021.6.2"
    twos = ("3.7 0.17.0 0.24.2 2.9.3", "3.9 0.17.0 0.24.2 2.30.1", "3.9 1.0.1 1.0.2 2.30.1")
    moved = [moved for moved, _ in way(support_of(*twos, end), distributed="==2021.6.2")]
    assert [len(each) for each in moved] == [2, 2, 2, 1]
    avoids_nothing = ("3.8 0.17.0 0.24.2 2.9.3", "3.8 1.0.0 1.0.1 2.30.1")
    moved = [moved for moved, _ in way(support_of(*avoids_nothing, end), distributed="==2021.6.2")]
    assert [len(each) for each in moved] == [4]
    threes = ("3.8 0.17.0 0.24.2 2.9.3", "3.8 1.0.1 1.0.2 2.30.1")
    moved = [moved for moved, _ in way(support_of(*threes, end), distributed="==2021.6.2")]
    assert [len(each) for each in moved] == [3, 3, 2]


def test_the_shortest_of_such(support_of):
    detour = ("3.7 0.15.1 0.22.1 2.9.3", "3.7 0.16.0 0.22.1 2.9.3")
    assert len(way(support_of(*LADDER, *detour), python="==3.9")) == 4


def test_where_a_rung_is_missing_two_move_together(support_of):
    moved = [moved for moved, _ in way(support_of(LADDER[0], *LADDER[2:]), python="==3.9")]
    assert moved == [("joblib",), ("sklearn", "distributed"), ("python",)]


def test_what_failed_is_no_rung(support_of):
    rungs = [LADDER[0], LADDER[1] + " fails", *LADDER[2:]]
    assert ("sklearn", "distributed") in [moved for moved, _ in way(support_of(*rungs), python="==3.9")]


def test_of_paths_of_one_length_the_one_with_fewer_advisories(support_of):
    # joblib before 1.2 has a security advisory, so joblib goes first, wherever its record stands
    rungs = ["3.9 1.1.1 1.5.2 2021.10.0", "3.9 1.2.0 1.5.0 2021.10.0", "3.9 1.2.0 1.5.2 2021.10.0"]
    start = Combination("3.9", "1.1.1", "1.5.0", "2021.10.0")
    for rows in (rungs, rungs[::-1]):
        moved = [moved for moved, _ in way(support_of(*rows), start, joblib="==1.2.0", sklearn="==1.5.2")]
        assert moved == [("joblib",), ("sklearn",)]


def test_nothing_moves_back_on_the_way_up(support_of):
    back = ("3.7 0.13.2 0.22.1 2.9.3", "3.7 0.13.2 0.24.2 2.9.3", "3.7 0.14.1 0.24.2 2.10.0")
    steps = way(support_of(*back), sklearn="==0.24.2")
    assert steps == [(("sklearn", "distributed"), "Python 3.7, joblib 0.14.1, scikit-learn 0.24.2, distributed 2.10.0")]


def test_all_may_move_back_on_the_way_down(support_of):
    support = support_of(*LADDER, "3.6 0.11 0.19.2 1.28.1")
    steps = paths.find(support, Combination("3.9", "0.17.0", "0.24.2", "2021.3.0"), asked(sklearn="==0.19.2"))
    assert steps[-1].record.combination.joblib == "0.11"


def test_nowhere_to_go_and_no_need_to_go(support_of):
    assert way(support_of(*LADDER), joblib="==1.0.1") is None
    here = Combination(*LADDER[0].split())
    assert way(support_of(*LADDER), start=here, joblib="==0.17.0") == []


def test_a_start_that_was_not_measured_may_be_where_it_is_to_end_but_is_not_known_to_work(support_of):
    steps = way(support_of("3.7 0.14.1 0.22.2 2.9.3"), joblib="==0.14.1")
    assert [moved for moved, _ in steps] == [("sklearn",)]


def test_newest(support_of):
    assert paths.newest(support_of(*LADDER)) == Combination(*LADDER[-1].split())


@pytest.mark.parametrize(
    ("axis", "version", "kind", "what"),
    [
        ("joblib", "1.3.2", "appears", "parallel_config"),
        ("joblib", "1.6.0", "gone", "joblib.externals.cloudpickle"),
        ("sklearn", "0.23.2", "gone", "sklearn.externals.joblib"),
        ("sklearn", "0.21.3", "deprecated", "sklearn.externals.joblib"),
        ("sklearn", "0.23.0", "gone", "sklearn.utils.Parallel, Memory, delayed, cpu_count, hash and effective_n_jobs"),
        ("sklearn", "1.7.0", "gone", "sklearn.utils._joblib"),
        ("joblib", "1.6.0", "gone", "calls of an apply_async that a subclass of joblib's Dask backend overrides"),
        ("distributed", "2021.6.1", "gone", "distributed.utils.itemgetter"),
        ("distributed", "2021.7.0", "deprecated", "distributed.utils.funcname"),
        ("distributed", "2023.9.3", "gone", "distributed.utils.funcname"),
        ("distributed", "2026.6.0", "gone", "setting Client.loop"),
        ("distributed", "2.0.1", "appears", "LocalCluster(host=)"),
        ("python", "3.12", "gone", "distutils"),
        ("distributed", "2021.6.1", "gone", "route 'builtin' to upstream's backend"),
    ],
)
def test_what_a_step_changes_for_the_user(axis, version, kind, what):
    before = Combination("3.7", "0.14.1", "0.21.3", "1.28.1")
    if axis == "sklearn":
        before = before._replace(sklearn="0.20.4")
    there = before._replace(**{axis: version})
    assert (kind, what) in [(each.kind, each.what) for each in features.changes(before, there)]
    assert not list(features.changes(before, before))
    # on the way back it is the other way around
    opposite = {"appears": "gone", "gone": "appears", "deprecated": "appears"}[kind]
    reverse = {(each.kind, each.what) for each in features.changes(there, before)}
    assert reverse & {(opposite, what), ("deprecated", what)}
