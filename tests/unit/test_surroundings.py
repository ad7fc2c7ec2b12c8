"""Warnings are recorded by thread, and raised again as the filters here say."""

import threading
import warnings

import pytest

from joblib_dask_compat.surroundings import Recorder, counted, recording_warnings, warn_again


def messages(records):
    return [str(message) for message, *_ in records]


def test_threads_record_each_its_own():
    recorder, barrier = Recorder(), threading.Barrier(4)
    recorded = {}

    def work(name):
        with recorder.recording() as records:
            barrier.wait(30)  # all of them record now
            for number in range(50):
                warnings.warn(f"{name}-{number}", UserWarning, stacklevel=1)
            barrier.wait(30)
        recorded[name] = messages(records)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert recorded == {name: [f"{name}-{number}" for number in range(50)] for name in range(4)}


def test_thread_that_records_nothing_sees_its_warnings_as_before():
    inside, outside = threading.Event(), threading.Event()

    def record():
        with recording_warnings():
            inside.set()
            outside.wait(30)

    thread = threading.Thread(target=record)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        thread.start()
        inside.wait(30)
        warnings.warn("mine", UserWarning, stacklevel=1)
        outside.set()
        thread.join(30)
    assert [str(each.message) for each in seen] == ["mine"]


def test_last_one_out_restores_what_was():
    shown, filters = warnings.showwarning, list(warnings.filters)
    with recording_warnings(), recording_warnings():
        pass
    assert warnings.showwarning is shown
    assert warnings.filters == filters


def test_inner_recording_takes_what_is_raised_inside():
    with recording_warnings() as outer:
        with recording_warnings() as inner:
            warnings.warn("inner", UserWarning, stacklevel=1)
        warnings.warn("outer", UserWarning, stacklevel=1)
    assert (messages(outer), messages(inner)) == (["outer"], ["inner"])


def test_recording_survives_an_error():
    shown = warnings.showwarning
    with pytest.raises(ZeroDivisionError), recording_warnings():
        1 / 0  # noqa: B018
    assert warnings.showwarning is shown


def test_every_warning_is_recorded_though_its_place_warned_before():
    with recording_warnings() as records:
        for _ in range(3):
            warnings.warn("again", UserWarning, stacklevel=1)
    assert len(records) == 3
    ((message, category, filename, _, module, count),) = counted(records)
    assert (str(message), category, filename, module, count) == ("again", UserWarning, __file__, __name__, 3)


def recorded(category=UserWarning):
    with recording_warnings() as records:
        for number in (1, 1, 2):
            warnings.warn(f"number {number}", category, stacklevel=1)
    return counted(records)


def test_equal_warnings_are_folded_and_raised_again_as_often():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        warn_again(recorded())
    assert [str(each.message) for each in seen] == ["number 1", "number 1", "number 2"]
    assert {each.filename for each in seen} == {__file__}


def test_callers_filters_decide():
    again = recorded(FutureWarning)
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", message="number 1", category=FutureWarning)
        warn_again(again)
    assert [str(each.message) for each in seen] == ["number 2"]
    with pytest.raises(FutureWarning, match="number 1"):
        warn_again(again)


def test_filters_by_module_see_the_module_that_warned():
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        warnings.filterwarnings("ignore", module=__name__.replace(".", r"\."))
        warn_again(recorded())
    assert seen == []


def test_shown_once_per_place_by_default():
    again = recorded()
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("default")
        warn_again(again)
        warn_again(again)
    assert [str(each.message) for each in seen] == ["number 1", "number 2"]


def test_warnings_of_modules_that_only_workers_know_are_shown_too():
    again = [(UserWarning("far away"), UserWarning, "/nowhere/only_there.py", 3, "only_there", 1)]
    with pytest.warns(UserWarning, match="far away"):
        warn_again(again)


class PickyWarning(FutureWarning):
    """Like scikit-learn's InconsistentVersionWarning: its arguments are not its ``args``."""

    def __init__(self, *, told):
        self.told = told

    def __str__(self):
        return self.told


def test_a_warning_that_cannot_be_made_again_travels_as_its_text():
    with recording_warnings() as records:
        warnings.warn(PickyWarning(told="it was fitted by another release"), stacklevel=2)
    ((message, category, *_, count),) = counted(records)
    assert (str(message), category, count) == ("PickyWarning: it was fitted by another release", FutureWarning, 1)
    assert type(message) is FutureWarning
