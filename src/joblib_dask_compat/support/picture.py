"""A picture of an upgrade path: a lane for each axis, a column for each step, a box where a version moves."""

from typing import List

from ..copies import import_checked
from ..errors import InputError, MissingDependencyError
from .paths import Step
from .records import AXES, Combination, title

MOVED, STAYS = "#1f5fa8", "#d9e2ec"


def draw(start: Combination, steps: List[Step], path: str) -> None:
    """Draw a path into a file.

    Raises
    ------
    MissingDependencyError
        matplotlib, the extra ``plot``, is not installed.
    InputError
        The file cannot be written, or is of a kind that there is not.
    """
    try:
        figures = import_checked("matplotlib.figure")
    except MissingDependencyError as exc:
        raise MissingDependencyError(
            exc.what, "the picture is drawn with it.", "python -m pip install matplotlib", exc.more
        ) from exc
    columns = [start, *(step.record.combination for step in steps)]
    moved = [(), *(step.moved for step in steps)]
    # a Figure of its own, not pyplot's: nothing global, and no display
    figure = figures.Figure(figsize=(1.4 + 1.25 * len(columns), 2.6))
    axes = figure.add_axes([0, 0, 1, 1])
    axes.set_xlim(-1.15, len(columns) - 0.4)
    axes.set_ylim(len(AXES) - 0.3, -1.0)
    axes.axis("off")
    for row, axis in enumerate(AXES):
        axes.text(-1.1, row, title(axis), va="center", fontsize=9)
        axes.plot([0, len(columns) - 1], [row, row], color=STAYS, zorder=0)
    for column, combination in enumerate(columns):
        axes.text(column, -0.7, "start" if column == 0 else str(column), ha="center", fontsize=9)
        for row, axis in enumerate(AXES):
            here = axis in moved[column]
            axes.text(
                column,
                row,
                getattr(combination, axis),
                ha="center",
                va="center",
                fontsize=8,
                fontweight="bold" if here else "normal",
                color="white" if here else "black",
                bbox={"boxstyle": "round", "facecolor": MOVED if here else "white", "edgecolor": STAYS},
            )
    try:
        figure.savefig(path, dpi=150)
    except (OSError, ValueError) as exc:
        raise InputError(f"cannot draw {path}", str(getattr(exc, "strerror", None) or exc)) from exc
