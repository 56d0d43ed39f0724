"""The tables of a report."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from recon3d.engine.benchmark.protocols import BenchmarkProtocol, Column, PublishedRow, PublishedTable

Row = dict[str, Any]
NOTHING = "\N{EN DASH}"
OURS = "recon3d (this run)"


def scene_table(rows: list[Row], mean: Row, columns: Sequence[Column]) -> str:
    """A line for every case and one for the mean of the scenes; beside each score the range of several seeds."""
    shown = [column for column in columns if any(row.get(column.key) is not None for row in rows)]
    sizes = [name for name in ("gaussians", "parameters") if any(row.get(name) is not None for row in rows)]
    ranges = any(row["seeds"] > 1 for row in rows)
    headings = ["Scene", *(heading for column in shown for heading in [_heading(column)] + ["by seed"] * ranges)]
    headings += ["Time", "Steps", *(name.title() for name in sizes)]
    lines = [line(_scene_cells(row["case"], row, shown, sizes, ranges)) for row in rows]
    if len(rows) > 1:
        scenes = len({row["scene"] for row in rows})
        name = f"mean of {scenes} scenes" if scenes > 1 else "mean"
        lines.append(line(_scene_cells(name, mean, shown, sizes, ranges), "mean"))
    return table(headings, lines)


def published_table(published: PublishedTable, ours: dict[str, float] | None, seconds: float | None) -> str:
    """What others report; our own row among them, where it may stand there, in the order of the last column."""
    first = published.columns[-1] if published.columns[-1].key == "mean" else published.columns[0]
    rows = list(published.rows)
    if ours is not None:
        rows.append(PublishedRow(OURS, ours, "this report", duration(seconds)))
    rows.sort(key=lambda row: row.values.get(first.key, 0.0), reverse=first.more_is_better)
    timed, sourced = any(row.time for row in rows), len({row.source for row in published.rows}) > 1
    headings = ["Method", *(_heading(column) for column in published.columns)]
    headings += ["Time"] * timed + ["Source"] * sourced
    lines = []
    for row in rows:
        cells = [escape(row.method), *(number(row.values.get(c.key), c.decimals) for c in published.columns)]
        cells += [escape(row.time) or NOTHING] * timed + [f"<small>{escape(row.source)}</small>"] * sourced
        lines.append(line(cells, "ours" if row.method == OURS else ""))
    compact = "compact" if len(published.columns) > 4 else ""
    remark = f'<p class="remark">{escape(published.remark)}</p>' if published.remark else ""
    return f"<h3>{escape(published.title)}</h3>{table(headings, lines, compact)}{remark}"


def our_values(protocol: BenchmarkProtocol, published: PublishedTable, rows: list[Row], mean: Row) -> dict[str, float]:
    """Of this run, what may stand in the table's columns: the means, or the first score of each scene."""
    key = protocol.columns[0].key
    by_scene: dict[str, list[float | None]] = {}
    for row in rows:
        by_scene.setdefault(row["scene"], []).append(row[key])
    known = {scene: sum(v for v in values if v is not None) / len(values) for scene, values in by_scene.items()}
    known |= {column.key: mean[column.key] for column in protocol.columns if mean.get(column.key) is not None}
    if mean.get(key) is not None:
        known["mean"] = mean[key]
    return {key: known[key] for key in published.ours if key in known}


def table(headings: Sequence[str], lines: Sequence[str], kind: str = "") -> str:
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    return (
        f'<div class="wide"><table class="{kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )


def line(cells: Sequence[str], kind: str = "") -> str:
    return f'<tr class="{kind}">{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def number(value: float | None, decimals: int) -> str:
    """With separated thousands; a dash for none."""
    return NOTHING if value is None else f"{value:,.{decimals}f}".replace(",", "\u202f")


def duration(seconds: float | None) -> str:
    """As people say it: 31 s, 5 min 12 s, 1 h 3 min."""
    if seconds is None:
        return NOTHING
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes_left = divmod(minutes, 60)
    return f"{minutes} min {rest} s" if not hours else f"{hours} h {minutes_left} min"


def _scene_cells(name: str, row: Row, columns: Sequence[Column], sizes: Sequence[str], ranges: bool) -> list[str]:
    cells = [escape(name)]
    for column in columns:
        cells += [number(row[column.key], column.decimals)] + [_range(row, column)] * ranges
    return [*cells, duration(row.get("seconds")), *(number(row.get(key), 0) for key in ("steps", *sizes))]


def _range(row: Row, column: Column) -> str:
    """From the lowest to the highest seed; nothing for a mean of scenes."""
    if column.key not in row.get("low", {}):
        return ""
    low, high = (number(row[end][column.key], column.decimals) for end in ("low", "high"))
    return f"<small>{low} to {high}</small>"


def _heading(column: Column) -> str:
    return f"{escape(column.heading)} {'↑' if column.more_is_better else '↓'}"
