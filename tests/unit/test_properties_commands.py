"""The command line, given anything: an exit code that is documented, no traceback, and JSON that is JSON."""

import contextlib
import io
import json

import hypothesis
import pytest
from hypothesis import strategies as st

from joblib_dask_compat.cli import COMMANDS, main

#: Arguments as the system can hand them over: no null characters.
words = st.text(st.characters(exclude_characters="\0"), max_size=12)
numbers = st.one_of(st.from_regex(r"\d{1,4}(\.\d{1,4}){0,3}(rc1|\.post1|\+a)?", fullmatch=True), words)
packages = st.sampled_from(["joblib", "scikit-learn", "distributed", "python", "numpy", "sklearn", "Joblib", ""])
pins = st.builds("{}{}{}".format, packages, st.sampled_from(["==", ">=", "<", "~=", "!=", "===", "=", ""]), numbers)
arguments = st.one_of(pins, words.filter(lambda word: not word.startswith("-")))
lists = st.lists(arguments, min_size=1, max_size=3)
options = st.sampled_from(
    ["--python", "--keep", "--to", "--from", "--prefer", "--no-advisory", "--timeout", "--check", "-"]
)


def made(*parts):
    """Arguments of some parts, each a text or a strategy of a list of them."""
    return st.tuples(*(st.just([each]) if isinstance(each, str) else each for each in parts)).map(
        lambda lists: [argument for each in lists for argument in each]
    )


one = arguments.map(lambda each: [each])
CALLS = {
    "caniuse": made("caniuse", lists),
    "caniuse on": made("caniuse", lists, "--python", one),
    "caniuse file": made("caniuse", "--lock", words.map(lambda each: [f"no-such-folder/{each}"])),
    "pins": made("pins", "--keep", lists),
    "pins on": made("pins", "--python", one),
    "pins without": made("pins", "--no-advisory", one),
    "upgrade": made("upgrade", "--python", "3.8", "--to", lists),
    "upgrade from": made("upgrade", "--to", "joblib==1.4.2", "--from", lists),
    "explain": made("explain", one),
    "inspect-pickle": made("inspect-pickle", words.map(lambda each: [f"no-such-folder/{each}"])),
    "migrate": made("migrate", words.map(lambda each: [f"no-such-folder/{each}"])),
    "doctor": made("doctor", "--timeout", one, "--tls-cert", one),
}
#: So that nothing is started, each of these has an option that there is not.
WRONG = st.tuples(st.sampled_from(COMMANDS), st.lists(st.one_of(options, words), max_size=4)).map(
    lambda call: [call[0], "--no-such-option", *call[1]]
)


def examples(number):
    return hypothesis.settings(max_examples=number, deadline=None, derandomize=True, database=None)


def called(command):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(command)
        except SystemExit as exc:
            code = exc.code
    hypothesis.note(err.getvalue())
    assert "Traceback" not in err.getvalue()
    return code, out.getvalue(), err.getvalue()


@pytest.mark.parametrize("name", CALLS)
@examples(25)
@hypothesis.given(data=st.data())
def test_commands_that_give_data(name, data):
    code, out, err = called([*data.draw(CALLS[name]), "--format", "json"])
    assert code in (0, 1, 2, 3)
    assert out or err
    assert code != 1 or out, "findings that are not data"
    if out:
        assert json.loads(out)["schema_version"] == 1


@examples(60)
@hypothesis.given(command=WRONG)
def test_wrong_usage(command):
    code, _, err = called(command)
    assert code in (0, 2)  # 0: --help may be among the words
    assert code == 0 or err
