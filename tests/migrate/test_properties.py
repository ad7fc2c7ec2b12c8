"""Whatever idioms a program mixes: rewriting it twice is rewriting it once, and nothing gets lost on the way."""

import ast
import io
import json
import tokenize

import hypothesis
import pyflakes.checker
import pyflakes.messages
import pytest
from hypothesis import strategies as st

from joblib_dask_compat.migrate import idioms
from joblib_dask_compat.migrate.notebooks import migrate_notebook
from joblib_dask_compat.migrate.source import migrate_source

#: Ways to import, each with the names that it gives to joblib's functions ("" for none).
IMPORTS = {
    "import distributed.joblib": {},
    "import dask_ml.joblib  # noqa": {},
    "import joblib": {"parallel_backend": "joblib.parallel_backend", "load": "joblib.load", "joblib": "joblib"},
    "from sklearn.externals import joblib": {
        "parallel_backend": "joblib.parallel_backend",
        "register": "joblib.register_parallel_backend",
        "Parallel": "joblib.Parallel",
        "Memory": "joblib.Memory",
        "backend": "joblib._dask.DaskDistributedBackend",
    },
    "from sklearn.externals import joblib as jl, six": {"parallel_backend": "jl.parallel_backend", "load": "jl.load"},
    "import sklearn.externals.joblib": {
        "parallel_backend": "sklearn.externals.joblib.parallel_backend",
        "load": "sklearn.externals.joblib.load",
        "module": "sklearn",
    },
    "import os, sklearn.externals.joblib as sj, sys": {
        "Parallel": "sj.Parallel",
        "register": "sj.register_parallel_backend",
    },
    "from sklearn.externals.joblib import Parallel, delayed, parallel_backend": {
        "parallel_backend": "parallel_backend",
        "Parallel": "Parallel",
    },
    "from sklearn.externals.joblib import (  # all\n    Memory,  # one\n    # two\n    parallel_backend as pb,\n)": {
        "parallel_backend": "pb",
        "Memory": "Memory",
    },
    "from joblib import _dask, parallel_config": {
        "backend": "_dask.DaskDistributedBackend",
        "parallel_backend": "parallel_config",
    },
    "from joblib._dask import DaskDistributedBackend": {"backend": "DaskDistributedBackend"},
    "from distributed.joblib import DistributedBackend as DB, joblib": {"backend": "DB", "load": "joblib.load"},
    "from sklearn.utils import register_parallel_backend, shuffle": {
        "register": "register_parallel_backend",
        "module": "shuffle",
    },
    "from sklearn import externals": {"parallel_backend": "externals.joblib.parallel_backend"},
    "import sklearn.utils as su": {"register": "su.register_parallel_backend", "module": "su"},
    "from sklearn.externals.joblib import *": {},
    "from sklearn.utils.fixes import delayed": {"module": "delayed"},
    "from sklearn.externals.joblib.my_exceptions import JoblibException": {"module": "JoblibException"},
}

#: Ways to use a name.
USES = {
    "parallel_backend": [
        "with {}('distributed'): pass",
        "with {}(\n    'dask.distributed',  # where\n    scheduler_host=('h', 1),\n    loop=None,\n):\n    pass",
        'with {}("dask", scheduler_host=(host, 1)) as run: pass',
        "with {}('dask') as (backend, n_jobs): print(backend)",
        "with {}(backend='threading', n_jobs=2): pass",
        "with {}('dask' if host else 'loky'): pass",
        "with {}(host): pass",
        "{}('distributed')",
        "block = {}('dask')\nwith block: pass",
        "print({})",
    ],
    "register": [
        "{}('distributed', backend)",
        "{}('dask', lambda: {backend}(client=host))",
        "{}('mine', {backend}); print(host)",
        "{}('dask.distributed', {backend}, make_default=True)",
        "{}('distributed', {backend})  # registers",
    ],
    "Parallel": ["{}(n_jobs=2)", "{}(backend='distributed')", "{}(backend=host)"],
    "Memory": ["{}(cachedir=host, verbose=0)"],
    "load": ["{}('x')  # from disk"],
    "backend": ["print({})", "with joblib.parallel_backend({}(scheduler_host=host)): pass"],
    "module": ["print({})", "__all__ = ['{}']"],
    "joblib": ["del {}", "print({}.__version__)"],
}


def indented(lines, by):
    return ["\n".join(by + part if part else part for part in line.split("\n")) for line in lines]


@st.composite
def chunks(draw):
    """A few lines: an import in one of many places, with uses of what it imports."""
    statement = draw(st.sampled_from(sorted(IMPORTS)))
    names = IMPORTS[statement]
    backends = [each["backend"] for each in IMPORTS.values() if "backend" in each]
    uses = []
    for kind in draw(st.lists(st.sampled_from(sorted(names)), max_size=3)) if names else []:
        use = draw(st.sampled_from(USES[kind]))
        uses.append(use.format(names[kind], backend=draw(st.sampled_from(backends))))
    by = draw(st.sampled_from(["    ", "\t", "  "]))
    comment = draw(st.sampled_from([[], ["# a comment"], ["", "# another"], [""]]))
    place = draw(st.sampled_from(["here", "ladder", "short ladder", "decides", "function", "if", "line"]))
    if "*" in statement and place == "function":
        place = "here"  # a star is for modules only
    if place == "ladder":
        other = draw(st.sampled_from([statement, "import joblib", "pass"]))
        head = ["try:", *indented([statement], by), "except ImportError:", *indented([*comment[-1:], other], by)]
        return [*comment, *head, *uses]
    if place == "short ladder" and "\n" not in statement and "#" not in statement:
        other = draw(st.sampled_from([statement, "import joblib", "pass"]))
        return [*comment, f"try: import sys; {statement}", f"except ImportError: import sys; {other}", *uses]
    if place == "decides":
        head = ["try:", *indented([statement, "HAVE = True"], by), "except ImportError:", by + "HAVE = False"]
        return [*comment, *head, *uses]
    if place == "function":
        return [*comment, "def function(host):", *indented([statement, *uses, "return host"], by)]
    if place == "if":
        return [*comment, "if host:", *indented([statement], by), *uses]
    if place == "line" and "\n" not in statement and "#" not in statement:
        return [*comment, f"import re; {statement}; re.compile", *uses]
    return [*comment, statement, *uses]


@st.composite
def programs(draw):
    """Lines of a program of some chunks."""
    parts = draw(st.lists(chunks(), min_size=1, max_size=4))
    docstring = draw(st.sampled_from([[], ['"""What it does."""'], ["#!/usr/bin/python", "# what it does", ""]]))
    return [*docstring, "host = input()", *(line for part in parts for line in part)]


def undefined(source):
    """The names that a program uses and does not define; every name of a star is defined."""
    found = pyflakes.checker.Checker(ast.parse(source)).messages
    return {each.message_args[0] for each in found if isinstance(each, pyflakes.messages.UndefinedName)}


def own_line_comments(source):
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return [
        token.string for token in tokens if token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip()
    ]


def imported(source):
    """The paths that a program imports, each with its line."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def examples(number):
    return hypothesis.settings(max_examples=number, deadline=None, derandomize=True, database=None)


@pytest.mark.parametrize("target", idioms.TARGETS)
@examples(200)
@hypothesis.given(lines=programs(), end=st.sampled_from(["\n", "\r\n"]))
def test_any_mixture(target, lines, end):
    before = end.join(lines).replace("\r\n", "\n").replace("\n", end) + end
    after, notes = migrate_source(before, target)
    hypothesis.note(after)
    assert migrate_source(after, target)[0] == after
    compile(after, "after", "exec", dont_inherit=True)
    assert undefined(after) <= undefined(before)
    assert set(own_line_comments(after)) >= set(own_line_comments(before))
    assert after.count("\n") == after.count(end)
    assert all(1 <= note.line <= before.count("\n") for note in notes)
    if not notes:
        assert not [path for path, _ in imported(after) if idioms.removed(path)]


@pytest.mark.parametrize("target", idioms.TARGETS)
@examples(60)
@hypothesis.given(cells=st.lists(programs(), max_size=3), indent=st.sampled_from([None, 1]), one=st.booleans())
def test_any_notebook(target, cells, indent, one):
    sources = ["\n".join(lines) for lines in cells]
    notebook = {
        "nbformat": 4,
        "cells": [
            {"cell_type": "code", "source": source if one else source.splitlines(True), "outputs": [source]}
            for source in sources
        ],
    }
    before = json.dumps(notebook, indent=indent)
    after, _ = migrate_notebook(before, target)
    assert migrate_notebook(after, target)[0] == after
    told = json.loads(after)
    for cell, source in zip(told["cells"], sources, strict=True):
        rewritten = cell.pop("source")
        compile("".join(rewritten), "after", "exec", dont_inherit=True)
        assert cell.pop("outputs") == [source]
        assert isinstance(rewritten, str) == one
    assert set(undefined("\n".join("".join(cell["source"]) for cell in json.loads(after)["cells"]))) <= set(
        undefined("\n".join(sources))
    )
