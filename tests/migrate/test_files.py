"""Files: encodings and line ends are kept, what cannot be rewritten is an error of that file, nothing can be lost."""

import os
import stat
import subprocess

import pytest

from joblib_dask_compat.migrate import files
from joblib_dask_compat.migrate.files import find, migrate_file, written

OLD = "from sklearn.externals import joblib\n"
NEW = "import joblib\n"


def rewritten(path, data):
    """Write a file, rewrite it, and return its bytes."""
    path.write_bytes(data)
    outcome = written(migrate_file(str(path), "compat"))
    assert not outcome.error
    return path.read_bytes()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OLD.encode(), NEW.encode()),
        (OLD.encode().rstrip(), NEW.encode().rstrip()),
        (b"\xef\xbb\xbf" + OLD.encode() + "é = 1\n".encode(), b"\xef\xbb\xbf" + NEW.encode() + "é = 1\n".encode()),
        (
            b"# -*- coding: latin-1 -*-\n" + OLD.encode() + b"x = '\xe9'\n",
            b"# -*- coding: latin-1 -*-\n" + NEW.encode() + b"x = '\xe9'\n",
        ),
        (
            b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n" + OLD.encode() + b"# \x80\n",
            b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n" + NEW.encode() + b"# \x80\n",
        ),
        (b"x = 1\r\n" + OLD.encode().replace(b"\n", b"\r\n"), b"x = 1\r\n" + NEW.encode().replace(b"\n", b"\r\n")),
        (b"x = 1\r\n" + OLD.encode() + b"y = 2\n", b"x = 1\r\n" + NEW.encode() + b"y = 2\n"),
        (b"if 1:\n\t" + OLD.encode() + b"\tjoblib.dump\n", b"if 1:\n\t" + NEW.encode() + b"\tjoblib.dump\n"),
        (b"x = '''\r\n\x0c'''\n\x0c\n" + OLD.encode(), b"x = '''\r\n\x0c'''\n\x0c\n" + NEW.encode()),
    ],
    ids=["plain", "no last line end", "mark", "latin-1", "cp1252", "CRLF", "mixed", "tabs", "form feed"],
)
def test_bytes_around_stay(tmp_path, before, after):
    assert rewritten(tmp_path / "script.py", before) == after


def test_new_lines_end_as_the_others(tmp_path):
    lines = b"x = 1", b"from joblib import dump, parallel_backend", b"with parallel_backend('dask'): dump", b""
    before = b"\r\n".join(lines)
    after = rewritten(tmp_path / "script.py", before)
    assert after.count(b"\r\n") == after.count(b"\n") == 4


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("script.py", OLD.encode() + b"x = '\xe9'\n", "line 2 is not utf-8"),
        ("script.py", b"# coding: no-such\n" + OLD.encode(), "no-such"),
        ("script.py", b"# coding: rot13\n" + OLD.encode(), "rot13"),
        ("script.py", b"# coding: undefined\n" + OLD.encode(), "undefined"),
        ("script.py", b"# coding: idna\n" + OLD.encode() + b"x = '..'\n", "idna"),
        ("script.py", b"# coding: utf-7\n" + OLD.encode() + b"# +AGE-\n", "not the same"),
        ("script.py", OLD.encode() + b"print 'Python 2'\n", "line 2: Missing parentheses"),
        ("script.py", OLD.encode() + b"\0", "null"),
        ("notebook.ipynb", b'{"cells": [externals', "not JSON"),
        ("notebook.ipynb", b'["externals"]', "format 4"),
        ("notebook.ipynb", b'{"worksheets": [{"cells": []}], "externals": 1}', "format 4"),
        ("notebook.ipynb", b"[" * 100000 + b'"externals"', "nested too deeply"),
        ("notebook.ipynb", b'"externals \xe9"', "not utf-8"),
    ],
)
def test_what_cannot_be_read_is_an_error_and_stays(tmp_path, name, data, reason):
    path = tmp_path / name
    path.write_bytes(data)
    outcome = migrate_file(str(path), "compat")
    assert reason in outcome.error
    assert not outcome.changed
    assert path.read_bytes() == data


def test_what_is_not_about_joblib_is_not_read(tmp_path):
    path = tmp_path / "script.py"
    path.write_bytes(b"print 'Python 2 \xe9'\n")
    assert migrate_file(str(path), "compat") == files.Outcome(str(path))


def test_what_is_no_file_is_an_error(tmp_path):
    os.mkfifo(tmp_path / "pipe.py")
    assert migrate_file(str(tmp_path / "pipe.py"), "compat").error == "not a file"
    assert migrate_file(str(tmp_path / "missing.py"), "compat").error == "No such file or directory"


def test_folders(tmp_path):
    kept = ["a.py", "b/c.py", "b/d.ipynb", "b/e.pyw", "pyvenv/x.py"]
    passed_over = [".hidden/x.py", "__pycache__/x.py", "venv/x.py", "b/site-packages/x.py", "notes.txt", "b/x.pyc"]
    for name in kept + passed_over:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(OLD)
    (tmp_path / "venv" / "pyvenv.cfg").touch()
    (tmp_path / "link.py").symlink_to("venv/x.py")
    (tmp_path / "b" / "loop").symlink_to(tmp_path)
    assert list(find([str(tmp_path)])) == [str(tmp_path / name) for name in sorted(kept)]


def test_each_file_once_and_what_is_named_always(tmp_path):
    (tmp_path / "a.py").write_text(OLD)
    (tmp_path / "script").write_text(OLD)
    (tmp_path / "link.py").symlink_to("a.py")
    named = [str(tmp_path / name) for name in ("link.py", "a.py", "script")]
    assert list(find([*named, str(tmp_path)])) == [named[0], named[2]]


def test_link_stays_a_link(tmp_path):
    (tmp_path / "a.py").write_text(OLD)
    (tmp_path / "link.py").symlink_to("a.py")
    assert not written(migrate_file(str(tmp_path / "link.py"), "compat")).error
    assert (tmp_path / "link.py").is_symlink()
    assert (tmp_path / "a.py").read_text() == NEW


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755])
def test_mode_stays(tmp_path, mode):
    path = tmp_path / "script.py"
    path.write_text(OLD)
    path.chmod(mode)
    assert not written(migrate_file(str(path), "compat")).error
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_read_only_file_stays(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(OLD)
    path.chmod(0o444)
    assert written(migrate_file(str(path), "compat")).error == "read-only"
    assert path.read_text() == OLD


def test_what_somebody_else_wrote_in_the_meantime_stays(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(OLD)
    outcome = migrate_file(str(path), "compat")
    path.write_text(OLD + "more = 1\n")
    assert "in the meantime" in written(outcome).error
    assert path.read_text() == OLD + "more = 1\n"
    assert os.listdir(tmp_path) == ["script.py"]


def test_failure_while_writing_leaves_the_file_and_nothing_else(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(OLD)
    outcome = migrate_file(str(path), "compat")._replace(encoding="ascii", after="é")
    with pytest.raises(UnicodeEncodeError):
        written(outcome)
    assert path.read_text() == OLD
    assert os.listdir(tmp_path) == ["script.py"]


@pytest.mark.parametrize(
    "data",
    [
        OLD.encode(),
        OLD.encode().rstrip(),
        b"x = 1\r\n" + OLD.encode().replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + OLD.encode(),
        b"# coding: latin-1\nx = '\xe9'\n" + OLD.encode() + b"y = '\xe9\x85\x0b'\n",
    ],
    ids=["plain", "no last line end", "CRLF", "mark", "latin-1"],
)
def test_diff_is_a_patch(tmp_path, monkeypatch, data):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "some script.py"
    path.write_bytes(data)
    outcome = migrate_file(path.name, "compat")
    subprocess.run(["git", "apply", "-"], input=files.diff(outcome), check=True)
    patched = path.read_bytes()
    path.write_bytes(data)
    assert not written(outcome).error
    assert patched == path.read_bytes() != data
