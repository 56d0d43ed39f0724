"""Plots as SVG, drawn without any library: bars by scene, and curves over time."""

from __future__ import annotations

import math
from html import escape
from typing import NamedTuple

COLOURS = ("#2563eb", "#dc2626", "#059669", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#4d7c0f")
"""Of lines, again from the first on where there are more."""
WIDTH, HEIGHT = 520.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 16.0, 16.0, 44.0


class Bar(NamedTuple):
    """A bar from the bottom of the plot to a value; the whisker reaches from the lowest to the highest seed."""

    name: str
    value: float
    low: float
    high: float


class Line(NamedTuple):
    """Points (seconds, value) in order of time; lines of one group share a colour and an entry of the legend."""

    group: str
    points: list[tuple[float, float]]


class Scale(NamedTuple):
    """From values to pixels, straight or by logarithms."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = (math.log(v) if self.logarithmic else v for v in (self.low, self.high, value))
        return self.start + (at - low) / ((high - low) or 1) * (self.end - self.start)


def bars(values: list[Bar], decimals: int) -> str:
    """A bar from zero for each scene, its value above it."""
    width = max(WIDTH, LEFT + RIGHT + 44 * len(values))
    ticks = nice_ticks(0.0, max(bar.high for bar in values))
    y = Scale(ticks[0], ticks[-1], HEIGHT - BOTTOM, TOP + 14)
    step = (width - LEFT - RIGHT) / len(values)
    pieces = _horizontal_grid(ticks, y, width)
    for i, bar in enumerate(values):
        middle, half = LEFT + (i + 0.5) * step, min(30.0, 0.34 * step)
        pieces.append(
            f'<rect x="{middle - half:.1f}" y="{y(bar.value):.1f}" width="{2 * half:.1f}" '
            f'height="{max(0.0, y(ticks[0]) - y(bar.value)):.1f}" rx="3" fill="{COLOURS[0]}"/>'
        )
        if bar.high > bar.low:
            pieces.append(_line(middle, y(bar.low), middle, y(bar.high), "#0f172a", 1.5))
        pieces.append(_text(middle, y(bar.high) - 6, f"{bar.value:.{decimals}f}", "middle", "value"))
        pieces.append(_slanted(middle, HEIGHT - BOTTOM + 16, bar.name, len(values) > 9))
    return _svg(width, pieces)


def curves(lines: list[Line]) -> str:
    """A line for every fit over seconds, which are spaced by their logarithms."""
    points = [point for line in lines for point in line.points]
    first, last = min(p[0] for p in points), max(p[0] for p in points)
    ticks = nice_ticks(min(p[1] for p in points), max(p[1] for p in points))
    x = Scale(first, max(last, first * 1.01), LEFT + 8, WIDTH - RIGHT - 8, logarithmic=True)
    y = Scale(ticks[0], ticks[-1], HEIGHT - BOTTOM, TOP + 14)
    groups = list(dict.fromkeys(line.group for line in lines))
    pieces = _horizontal_grid(ticks, y, WIDTH)
    for seconds in _times(first, last):
        pieces.append(_line(x(seconds), TOP + 14, x(seconds), HEIGHT - BOTTOM, "#eef2f7", 1.0))
        pieces.append(_text(x(seconds), HEIGHT - BOTTOM + 16, _duration(seconds), "middle", "tick"))
    for line in lines:
        colour = COLOURS[groups.index(line.group) % len(COLOURS)]
        path = " ".join(f"{x(seconds):.1f},{y(value):.1f}" for seconds, value in line.points)
        pieces.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"/>'
        )
        pieces += [f'<circle cx="{x(s):.1f}" cy="{y(v):.1f}" r="2.6" fill="{colour}"/>' for s, v in line.points]
    pieces.append(_text(WIDTH - RIGHT, HEIGHT - 6, "time of the fit", "end", "tick"))
    return _svg(WIDTH, pieces) + _legend(groups)


def nice_ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round numbers from below the lowest value to the highest or just above it; at least two."""
    span = max(high - low, 1e-6 * max(abs(high), 1.0))
    rough = span / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, max(last, first + 1) + 1)]


def _times(first: float, last: float) -> list[float]:
    """Lengths of time that people name, from the first to the last."""
    named = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0, 3600.0, 10800.0, 36000.0, 86400.0)
    return [seconds for seconds in named if first <= seconds <= last]


def _duration(seconds: float) -> str:
    if seconds >= 3600:
        return f"{seconds / 3600:g} h"
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"


def _horizontal_grid(ticks: list[float], y: Scale, width: float) -> list[str]:
    decimals = max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9))
    lines = [_line(LEFT, y(t), width - RIGHT, y(t), "#cbd5e1" if t == ticks[0] else "#e8edf3", 1.0) for t in ticks]
    return lines + [_text(LEFT - 8, y(t) + 4, f"{t:.{decimals}f}", "end", "tick") for t in ticks]


def _legend(groups: list[str]) -> str:
    entries = (
        f'<span><i style="background:{COLOURS[i % len(COLOURS)]}"></i>{escape(group)}</span>'
        for i, group in enumerate(groups)
    )
    return f'<div class="legend">{"".join(entries)}</div>'


def _slanted(x: float, y: float, text: str, turned: bool) -> str:
    if not turned:
        return _text(x, y, text, "middle", "name")
    place = f'x="{x:.1f}" y="{y:.1f}" transform="rotate(-35 {x:.1f} {y:.1f})"'
    return f'<text {place} class="name" text-anchor="end">{escape(text)}</text>'


def _text(x: float, y: float, text: str, anchor: str, kind: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="{width:g}"/>'


def _svg(width: float, pieces: list[str]) -> str:
    inside = "".join(pieces)
    return f'<svg viewBox="0 0 {width:.0f} {HEIGHT:.0f}" width="{width:.0f}" role="img" xmlns="http://www.w3.org/2000/svg">{inside}</svg>'
