"""Batch sizes follow what the workers say that tasks last."""

from joblib_dask_compat.batching import BATCH_SECONDS, LARGEST_BATCH, BatchSize


def after(*lessons):
    size = BatchSize()
    for tasks, seconds in lessons:
        size.learn(tasks, seconds)
    return size


def test_one_task_as_long_as_nothing_is_known():
    assert BatchSize().ideal() == 1


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


def test_the_last_tasks_are_spread_over_the_slots():
    assert after((1, 0.001)).next(waiting=12, slots=6) == 2


def test_a_batch_without_results_teaches_nothing():
    assert after((0, 5.0)).ideal() == 1
