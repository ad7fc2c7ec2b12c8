"""Lambdas, closures, partials, bound methods and functions of modules that no worker can import."""

import functools
import inspect

CORE = True

#: What somebody types into a notebook: functions and a class of a module that only this process has.
NOTEBOOK = """
import math

OFFSET = 10

class Scale(object):
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, number):
        return self.factor * number + OFFSET

def inner(number):
    return math.floor(number) + OFFSET

def outer(number):
    return inner(number + 0.5)
"""


class Adder:
    def __init__(self, summand):
        self.summand = summand

    def add(self, number):
        return self.summand + number


def power(base, exponent):
    return base**exponent


def check(stage):
    data = {"offset": 5}
    main, lost = {"__name__": "__main__"}, {"__name__": "a_notebook"}
    exec(NOTEBOOK, main)
    exec(NOTEBOOK, lost)
    functions = [
        lambda number: number + 1,
        lambda number: number + data["offset"],
        functools.partial(power, exponent=2),
        functools.partial(lambda exponent, base: base**exponent, 3),
        Adder(4).add,
        main["outer"],
        main["Scale"](3),
        lost["outer"],
        lost["Scale"](3),
        len,
    ]
    numbers = [1, 2, 3]
    with stage.block():
        for function in functions[:-1]:
            results = stage.Parallel()(delayed(stage, function)(number) for number in numbers)
            assert results == [function(number) for number in numbers], (function, results)
        results = stage.Parallel()(delayed(stage, function)("1") for function in [len] * 3)
        assert results == [1, 1, 1]


def delayed(stage, function):
    """joblib until 0.11 tries to pickle the function with the standard library's pickle, unless told not to."""
    checks = inspect.signature(stage.delayed).parameters.get("check_pickle")
    if checks is not None and checks.default is True:
        return stage.delayed(function, check_pickle=False)
    return stage.delayed(function)
