"""Batch sizes follow what the workers say that tasks last."""

import pytest

from joblib_dask_compat.batching import BATCH_SECONDS, LARGEST_BATCH, LONG_SECONDS, LONGEST_SECONDS, BatchSize


def after(*lessons):
    size = BatchSize({})
    for tasks, seconds in lessons:
        size.learn(tasks, seconds)
    return size


def test_one_task_as_long_as_nothing_is_known():
    assert BatchSize({}).ideal() == 1


def test_short_tasks_fill_a_batch():
    assert after((1, 0.001)).ideal() == int(BATCH_SECONDS / 0.001)


def test_long_tasks_travel_alone():
    assert after((1, 10.0)).ideal() == 1


def test_no_ops_are_bounded():
    assert after((1, 0.0)).ideal() == LARGEST_BATCH


def test_longer_tasks_shrink_batches_faster_than_shorter_ones_grow_them():
    start = [(1, 0.01)]
    shrunk = after(*start, (1, 0.02)).ideal()
    grown = after(*start, (1, 0.005)).ideal()
    ideal = after(*start).ideal()
    assert ideal - shrunk > 0
    assert ideal / shrunk > grown / ideal


def test_the_last_tasks_are_spread_over_the_threads():
    size = after((1, 0.01))
    sizes = [size.next(waiting, threads=4) for waiting in (1000, 100, 60, 40, 20, 1)]
    assert sizes == [20, 13, 8, 5, 5, 5]  # no less than lasts for LAST_SECONDS


def test_a_call_begins_with_what_earlier_calls_of_the_function_learned():
    durations = {}
    BatchSize(durations, "fit").learn(1, 0.01)
    assert BatchSize(durations, "fit").ideal() == 20
    assert BatchSize(durations, "score").ideal() == 1


def test_two_long_tasks_do_not_go_to_one_worker_because_earlier_ones_were_short():
    durations = {}
    BatchSize(durations, "fit").learn(1, 0.01)
    assert BatchSize(durations, "fit").next(waiting=2, threads=4) == 1


def test_what_a_call_measures_itself_counts_at_once():
    size = BatchSize({"fit": 10.0}, "fit")
    size.learn(1, 0.01)
    assert size.ideal() == 20


def test_a_batch_without_results_teaches_nothing():
    assert after((0, 5.0)).ideal() == 1


@pytest.mark.parametrize(
    ("packing", "threads", "seconds"),
    [(0.002, 2, BATCH_SECONDS), (0.006, 2, 0.6), (0.1, 1, LONG_SECONDS), (0.1, 20, 4), (0.1, 100, LONGEST_SECONDS)],
)
def test_batches_last_long_enough_for_the_client_to_keep_up(packing, threads, seconds):
    size = after((1, 0.1))
    for tasks in (1, 1000):  # as expensive, however many tasks share it
        size.learn_packing(packing, tasks, threads)
    assert size.ideal() == pytest.approx(seconds / 0.1, rel=0.05)


def test_the_first_batches_of_one_task_are_taken_to_share_half_of_their_packing():
    size = after((1, 0.1))
    size.learn_packing(0.1, 1, threads=20)
    assert size.ideal() == 20


def test_no_batches_of_more_where_each_task_costs_its_own_packing():
    size = after((1, 0.1))
    for tasks in (1, 2, 40):
        size.learn_packing(tasks * 0.1, tasks, threads=20)
    assert size.ideal() == 2


def test_batches_are_answered_within_the_timeout_of_the_call():
    size = BatchSize({}, timeout=8)
    size.learn(1, 0.1)
    for tasks in (1, 1000):
        size.learn_packing(0.1, tasks, threads=100)
    assert size.ideal() == 10


def test_the_rest_is_handed_back_when_a_batch_lasts_longer_than_expected():
    assert BatchSize({}).budget(500) == pytest.approx(1.5 * BATCH_SECONDS)
    assert after((1, 0.01)).budget(5) == pytest.approx(1.5 * BATCH_SECONDS)
    assert after((1, 0.01)).budget(100) == pytest.approx(1.5)
