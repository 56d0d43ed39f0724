"""One HTML file that holds all it shows: style, plots and pictures; no script, and nothing is fetched."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from recon3d.engine.benchmark.html_tables import duration, number, our_values, published_table, scene_table
from recon3d.engine.benchmark.plots import Bar, Line, bars, curves
from recon3d.engine.benchmark.protocols import BenchmarkProtocol, Column, Pictured
from recon3d.engine.benchmark.views import KINDS, RAMP

STYLE = Path(__file__).with_name("report.css")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
SOURCES = "R: read in the primary source; R2: read in another paper's table or a benchmark's; M: remembered."


def report(
    summary: dict[str, Any], protocol: BenchmarkProtocol, results: list[dict[str, Any]], folders: Sequence[Path]
) -> str:
    """The page of a benchmark; `folders` are those of the results, with the pictures in views/."""
    rows, mean = summary["rows"], summary["mean"]
    first = [(result, folder) for result, folder in zip(results, folders, strict=True) if result["seed"] == 0]
    sections = [
        _head(summary, protocol.columns),
        _remarks(summary),
        "<h2>Scenes</h2>" + scene_table(rows, mean, protocol.columns) + _lpips_remark(rows, protocol.columns),
        _plots(rows, results, protocol.columns),
        _published(summary, protocol),
        "".join(_views(result, folder, protocol.pictured) for result, folder in first if result["shown"]),
        _made_of(summary, results),
    ]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"/>'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}"/>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>'
        f"<title>{escape(summary['title'])}, recon3d</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>"
        f"<body><main>{''.join(sections)}</main></body></html>\n"
    )


def _head(summary: dict[str, Any], columns: Sequence[Column]) -> str:
    mean, rows = summary["mean"], summary["rows"]
    scenes = len({row["scene"] for row in rows})
    tiles = [(number(mean[c.key], c.decimals), c.heading) for c in columns if mean.get(c.key) is not None]
    tiles += [(duration(mean["seconds"]), "fit of a scene"), (str(scenes), "scene" if scenes == 1 else "scenes")]
    shown = "".join(f'<div class="tile"><b>{value}</b><span>{escape(name)}</span></div>' for value, name in tiles)
    return (
        f'<p class="over">recon3d benchmark</p><h1>{escape(summary["title"])}</h1>'
        f'<p class="sub">{escape(_how(summary))}</p><div class="tiles">{shown}</div>'
    )


def _how(summary: dict[str, Any]) -> str:
    """Recipe, budget and machine in one line."""
    budget, machine = summary["budget"], summary["machine"]
    length = [f"{budget['steps']} steps"] * (budget["steps"] is not None)
    length += [duration(budget["seconds"])] * (budget["seconds"] is not None)
    seeds = "1 seed" if budget["seeds"] == 1 else f"{budget['seeds']} seeds"
    hardware = machine["device"] if machine["device"] != "cpu" else f"{machine['processor']}, {machine['cores']} cores"
    words = [f"recipe {summary['recipe']['recipe']}", " or ".join(length) or "the recipe's steps", seeds, hardware]
    return " · ".join([*words, summary["written"][:10]])


def _remarks(summary: dict[str, Any]) -> str:
    boxes = ""
    if summary["failed"]:
        boxes += _box([f"{name}: {trouble}" for name, trouble in summary["failed"].items()], "These failed:", "failed")
    if summary["fits"]["done"] + len(summary["failed"]) < summary["fits"]["wanted"]:
        boxes += _box([f"{summary['fits']['done']} of {summary['fits']['wanted']} fits are done"], "Unfinished:", "")
    if summary["departures"]:
        boxes += _box(summary["departures"], "Not the published measurement, so not to be compared with it:", "")
    return boxes


def _box(points: Sequence[str], heading: str, kind: str) -> str:
    items = "".join(f"<li>{escape(point)}</li>" for point in points)
    return f'<div class="callout {kind}"><p><b>{escape(heading)}</b></p><ul>{items}</ul></div>'


def _lpips_remark(rows: list[dict[str, Any]], columns: Sequence[Column]) -> str:
    if "lpips" not in {column.key for column in columns} or any(row.get("lpips") is not None for row in rows):
        return ""
    return '<p class="remark">LPIPS is not available: it needs the weights of its network (--lpips-weights).</p>'


def _plots(rows: list[dict[str, Any]], results: list[dict[str, Any]], columns: Sequence[Column]) -> str:
    figures = []
    for column in columns[:2]:
        if known := [_bar(row, column.key) for row in rows if row.get(column.key) is not None]:
            drawn = bars(known, column.decimals)
            figures.append(_figure(f"{column.heading} by scene", drawn))
    lines = [Line(r["case"], [(p["seconds"], p["psnr"]) for p in r["curve"]["points"]]) for r in results if r["curve"]]
    if lines := [line for line in lines if line.points]:
        views = len(next(result["curve"]["views"] for result in results if result["curve"]))
        caption = f"PSNR (dB) of {views} held-out views while fitting; the clock stands still while they are drawn"
        figures.append(_figure(caption, curves(lines)))
    return f'<h2>Plots</h2><div class="plots">{"".join(figures)}</div>' if figures else ""


def _bar(row: dict[str, Any], key: str) -> Bar:
    return Bar(row["case"], row[key], row["low"].get(key, row[key]), row["high"].get(key, row[key]))


def _figure(caption: str, drawing: str) -> str:
    return f"<figure><figcaption>{escape(caption)}</figcaption>{drawing}</figure>"


def _published(summary: dict[str, Any], protocol: BenchmarkProtocol) -> str:
    """Our own row stands among the others only where it was measured as they were, all of it."""
    if not protocol.published:
        return ""
    comparable = not summary["departures"] and not summary["failed"]
    comparable = comparable and summary["fits"]["done"] == summary["fits"]["wanted"]
    rows, mean = summary["rows"], summary["mean"]
    tables = [
        published_table(t, our_values(protocol, t, rows, mean) if comparable else None, mean["seconds"])
        for t in protocol.published
    ]
    why = (
        "" if comparable else "<p>This run is not among them, because it was not measured as they were: see above.</p>"
    )
    return f'<h2>Published by this protocol</h2>{why}{"".join(tables)}<p class="remark">{SOURCES}</p>'


def _views(result: dict[str, Any], folder: Path, pictured: Pictured) -> str:
    """Three pictures for each view that is shown: for one, truth, render and error of the worst view."""
    cells = "".join(f'<div class="head">{heading}</div>' for heading in ("", *pictured.headings))
    for rank, view in result["shown"].items():
        name = f"{view['score']}<span><br/>{escape(view['name'])}</span>"
        cells += f'<div class="rank"><b>{rank}</b>{name}</div>'
        cells += "".join(_picture(folder / "views" / f"{rank}.{kind}.png", f"{rank}, {kind}") for kind in KINDS)
    colours = ", ".join(f"rgb({r},{g},{b})" for r, g, b in RAMP)
    ramp = f'<div class="ramp">0<i style="background:linear-gradient(90deg,{colours})"></i>{pictured.full}</div>'
    return f'<h2>Views of {escape(result["case"])}</h2><div class="views">{cells}</div>{ramp}'


def _picture(path: Path, description: str) -> str:
    content = base64.b64encode(path.read_bytes()).decode()
    return f'<img src="data:image/png;base64,{content}" alt="{escape(description)}"/>'


def _made_of(summary: dict[str, Any], results: list[dict[str, Any]]) -> str:
    """The protocol in words, and where the numbers come from."""
    about = "".join(f"<p>{escape(text)}</p>" for text in summary["about"])
    machine, fit = summary["machine"], results[0]["fit"]
    values = {
        "Command": f"<code>{escape(' '.join(summary['argv']))}</code>",
        "Processor": escape(f"{machine['processor']}, {machine['cores']} cores, {machine['instruction_set']}"),
        "Device": escape(f"{machine['device']}, kernels {machine['kernels']}"),
        "System": escape(machine["platform"]),
        "Versions": escape(", ".join(f"{name} {version}" for name, version in summary["versions"].items())),
        "Pictures": escape(f"{fit['size']}; {fit['train']} to learn from, {fit['test']} held out"),
        "Written": escape(summary["written"]),
    }
    listed = "".join(f"<dt>{key}</dt><dd>{value}</dd>" for key, value in values.items())
    return f"<h2>How this was measured</h2>{about}<dl>{listed}</dl>"
