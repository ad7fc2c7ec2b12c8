"""The guides to clusters: each ends with the command that checks one, spelled as the command line takes it."""

import shlex
from pathlib import Path

import pytest

from joblib_dask_compat import cli

GUIDES = sorted((Path(__file__).parents[2] / "docs" / "clusters").glob("*.md"))


def test_there_is_a_guide_to_each_kind():
    assert [path.stem for path in GUIDES] == ["cloud", "kubernetes", "slurm", "ssh"]


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_a_guide_ends_with_doctor(path):
    *_, block, end = path.read_text(encoding="utf-8").split("```")
    assert not end.strip()
    program, *arguments = shlex.split(block.splitlines()[-1])
    assert program == "joblib-dask-compat"
    assert arguments[:2] == ["doctor", "--scheduler"]
    assert cli.parser().parse_args(arguments).scheduler
