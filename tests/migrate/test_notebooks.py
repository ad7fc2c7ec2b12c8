"""Notebooks: nothing changes but lines of code."""

import json

import pytest

from joblib_dask_compat.migrate.notebooks import migrate_notebook

OLD = "from sklearn.externals import joblib"
NEW = "import joblib"


def cell(source, kind="code", **more):
    return {"cell_type": kind, "metadata": {}, "source": source, **more}


def notebook(*cells, **metadata):
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 2}


def sources(text):
    return ["".join(each["source"]) for each in json.loads(text)["cells"]]


WRITINGS = {
    "Jupyter": {"indent": 1, "ensure_ascii": False},
    "four spaces": {"indent": 4},
    "tabs": {"indent": "\t", "ensure_ascii": False},
    "one line": {"separators": (",", ":")},
    "sorted": {"sort_keys": True, "indent": 2},
}


@pytest.mark.parametrize("end", ["", "\n", "\r\n\r\n"])
@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize(
    "source", [OLD, [OLD], [OLD + "\n", "x = 'é\\u00e9/'"], ["# é\n", OLD + "\n", "\n", "y = 1\n"]]
)
def test_only_the_code_changes(writing, source, end):
    output = {"output_type": "stream", "name": "stdout", "text": [OLD + "\n"]}
    before = notebook(cell(source, outputs=[output]), cell(OLD, "markdown"), cell([]), cell(["joblib.load('x')"]))
    after = json.loads(json.dumps(before))
    after["cells"][0]["source"] = json.loads(json.dumps(source).replace(OLD, NEW))
    text, notes = migrate_notebook(json.dumps(before, **WRITINGS[writing]) + end, "compat")
    assert text == json.dumps(after, **WRITINGS[writing]) + end
    assert not notes


def test_spelling_of_what_stays_stays():
    text = (
        json.dumps(notebook(cell(["x = 'A'\n", OLD]), number=1))
        .replace("'A'", "'\\u0041\\/'")
        .replace(": 1", ": 1.0e0")
    )
    assert migrate_notebook(text, "compat")[0] == text.replace(OLD, NEW)


def test_lines_come_and_go():
    before = notebook(
        cell(["import distributed.joblib"]),
        cell(["from sklearn.externals.joblib import Parallel, parallel_backend"]),
        cell(["import distributed.joblib\n", "with parallel_backend('distributed'):\n", "    Parallel()"]),
    )
    text, _ = migrate_notebook(json.dumps(before, indent=1), "compat")
    assert sources(text) == [
        "",
        "from joblib import Parallel\nfrom joblib_dask_compat import parallel_backend",
        "with parallel_backend('dask'):\n    Parallel()",
    ]
    assert [line for line in text.splitlines() if "import" in line] == [
        '    "from joblib import Parallel\\n",',
        '    "from joblib_dask_compat import parallel_backend"',
    ]


def test_each_cell_imports_what_it_imported():
    text, _ = migrate_notebook(json.dumps(notebook(cell(OLD), cell(OLD), cell(OLD + "\n" + OLD))), "compat")
    assert sources(text) == [NEW, NEW, NEW]


def test_names_are_followed_from_cell_to_cell():
    text, _ = migrate_notebook(
        json.dumps(
            notebook(
                cell("from sklearn.externals import joblib as jl"), cell("with jl.parallel_backend('dask'):\n    fit()")
            )
        ),
        "compat",
    )
    assert sources(text) == [
        "from joblib_dask_compat import parallel_backend",
        "with parallel_backend('dask'):\n    fit()",
    ]


@pytest.mark.parametrize(
    "line",
    ["%time joblib.load('x')", "%matplotlib inline", "!ls {joblib}", "x = !ls", "x = %pwd", "joblib.load?", "?x"],
)
def test_lines_for_ipython_stay_and_use_names(line):
    before = notebook(cell(f"{OLD}\n{line}\nwith joblib.parallel_backend('dask'): fit()"))
    text, notes = migrate_notebook(json.dumps(before), "compat")
    after = ["from joblib_dask_compat import parallel_backend", line, "with parallel_backend('dask'): fit()"]
    assert sources(text)[0].splitlines() == ([NEW] if "joblib" in line else []) + after
    assert not notes


@pytest.mark.parametrize("magic", ["%%time", "%%timeit -n 1", "%%capture out", "\n%%prun"])
def test_cells_of_python_behind_a_magic(magic):
    text, notes = migrate_notebook(json.dumps(notebook(cell(f"{magic}\n{OLD}"))), "compat")
    assert sources(text) == [f"{magic}\n{NEW}"]
    assert not notes


@pytest.mark.parametrize("source", [f"%%bash\n{OLD}", f"%%writefile x.py\n{OLD}", f"print 'x'\n{OLD}", f"if x:\n{OLD}"])
def test_other_cells_stay_and_are_reported(source):
    text, notes = migrate_notebook(json.dumps(notebook(cell("x = 1"), cell(source), cell(OLD))), "compat")
    assert sources(text) == ["x = 1", source, NEW]
    assert [tuple(each) for each in notes] == [(2, 2, "the cell is not Python by itself")]


def test_cell_with_half_a_character_stays_and_the_others_change():
    cells = [
        {"cell_type": "code", "source": f"from sklearn.externals import joblib\n{more}"} for more in ("'\ud800'", "")
    ]
    after, notes = migrate_notebook(json.dumps({"cells": cells}), "compat")
    told = json.loads(after)["cells"]
    assert told[0] == cells[0]
    assert told[1]["source"] == "import joblib\n"
    assert notes == [(1, 1, "the cell is not Python by itself")]


def test_notes_name_cell_and_line():
    blocks = "# joblib\nwith joblib.parallel_backend('dask') as x:\n    print(x)"
    before = notebook(cell("text", "markdown"), cell(OLD), cell("%pwd\n1"), cell(blocks))
    ((number, line, reason),) = migrate_notebook(json.dumps(before), "compat")[1]
    assert (number, line) == (4, 2)
    assert "reads what joblib's own gives" in reason


@pytest.mark.parametrize(
    "metadata", [{"kernelspec": {"language": "R", "name": "ir"}}, {"language_info": {"name": "julia"}}]
)
def test_notebooks_of_other_languages_stay(metadata):
    text = json.dumps(notebook(cell(OLD), **metadata))
    assert migrate_notebook(text, "compat") == (text, [])


@pytest.mark.parametrize("strange", [{"cells": [1, None, {"cell_type": "code"}, cell([1]), cell(None)]}, {"cells": []}])
def test_strange_cells_stay(strange):
    text = json.dumps({**strange, "metadata": None, "words": "joblib"})
    assert migrate_notebook(text, "compat") == (text, [])
