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
    [(0.002, 2, BATCH_SECONDS), (0.006, 2, 0.3), (0.1, 1, LONG_SECONDS), (0.1, 20, 4), (0.1, 100, LONGEST_SECONDS)],
)
def test_batches_last_long_enough_for_the_client_to_keep_up(packing, threads, seconds):
    size = after((1, 0.1))
    size.learn_packing(packing, threads)
    assert size.ideal() == pytest.approx(seconds / 0.1)
    assert size.budget == pytest.approx(1.5 * seconds)


def test_packing_of_many_tasks_does_not_make_batches_of_more():
    size = after((1, 0.1))
    for seconds in (0.001, 0.1, 0.5):
        size.learn_packing(seconds, threads=2)
    assert size.ideal() == 2
