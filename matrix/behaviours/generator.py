"""``return_as="generator"`` and ``"generator_unordered"``, where joblib has them: right, early, ended when dropped."""

import inspect
import os
import tempfile
import time

ISOLATED = True
LIMIT = 45


def square(number):
    return number * number


def wait_for(flag, number):
    """Let the first task end last."""
    deadline = time.time() + 20
    while number == 0 and not os.path.exists(flag):
        assert time.time() < deadline, "no result came before the slowest task had ended"
        time.sleep(0.02)
    return number


def leave_file(number, folder):
    open(os.path.join(folder, str(number)), "w").close()
    time.sleep(0.1)
    return number


def check(stage):
    stage.require(
        "return_as" in inspect.signature(stage.Parallel).parameters,
        "return_as= came with joblib 1.3",
    )
    delayed = stage.delayed
    squares = [square(number) for number in range(50)]
    with stage.block():
        results = stage.Parallel(return_as="generator")(delayed(square)(n) for n in range(50))
        assert list(results) == squares

        first = stage.Parallel(return_as="generator")(delayed(square)(n) for n in range(50))
        second = stage.Parallel(return_as="generator")(delayed(square)(n) for n in range(50))
        assert list(zip(first, second)) == list(zip(squares, squares)), "interleaved"

        dropped(stage, tempfile.mkdtemp())

        if has_unordered(stage):
            results = stage.Parallel(return_as="generator_unordered")(delayed(square)(n) for n in range(50))
            assert sorted(results) == squares

            flag = os.path.join(tempfile.mkdtemp(), "go")
            results = stage.Parallel(return_as="generator_unordered", pre_dispatch="all")(
                delayed(wait_for)(flag, n) for n in range(10)
            )
            numbers = [next(results)]
            open(flag, "w").close()
            numbers.extend(results)
            assert sorted(numbers) == list(range(10)), numbers
            assert numbers[0] != 0


def has_unordered(stage):
    try:
        stage.Parallel(return_as="generator_unordered", backend="threading")
    except ValueError:
        return False
    return True


def dropped(stage, folder):
    """Assert that a generator which is dropped half-way stops its tasks."""
    results = stage.Parallel(return_as="generator", pre_dispatch="all")(
        stage.delayed(leave_file)(number, folder) for number in range(100)
    )
    assert next(results) == 0
    started = len(os.listdir(folder))
    del results
    # these queue up behind whatever is left
    assert stage.Parallel()(stage.delayed(abs)(-number) for number in range(8)) == list(range(8))
    after = len(os.listdir(folder)) - started
    assert after <= 20, f"{after} of 100 tasks were started after their generator was dropped"
