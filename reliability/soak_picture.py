"""The picture of a soak: memory of client, scheduler and a worker against the blocks that had ended."""

from __future__ import annotations

import io
from typing import Any

from soak_bars import PROCESSES, quarters

TITLE = "Memory during the soak"
COLOURS = {"client": "#0b4f9e", "scheduler": "#b3500b", "worker": "#3a7d2c"}


def svg(record: dict[str, Any]) -> str:
    """Draw it: the same bytes for the same record, with the same matplotlib."""
    import matplotlib
    from matplotlib.figure import Figure

    settings = {"svg.hashsalt": "soak", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}
    stream = io.StringIO()
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(7.2, 5.4), layout="constrained")
        _draw(figure, record["samples"])
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]


def _draw(figure: Any, samples: dict[str, Any]) -> None:
    blocks = samples["blocks"]
    size = len(blocks) // 4
    parts = (blocks[size : 2 * size], blocks[-size:])
    rows = figure.subplots(len(PROCESSES), sharex=True)
    for axes, (process, name) in zip(rows, PROCESSES.items(), strict=True):
        series = samples[process]["rss_mb"]
        axes.plot(blocks, series, color=COLOURS[process], linewidth=1.2)
        for part, middle in zip(parts, quarters(series), strict=True):
            axes.axvspan(part[0], part[-1], color="#eeeeee", zorder=0)
            axes.plot([part[0], part[-1]], [middle, middle], color="black", linestyle="--", linewidth=1)
        axes.set_ylim(0, 1.15 * max(series))
        axes.set_title(f"{name}, MB", loc="left", fontsize=10)
        axes.spines[["top", "right"]].set_visible(False)
    rows[-1].set_xlabel("blocks that had ended (grey: second and last quarter, dashed: their medians)")
