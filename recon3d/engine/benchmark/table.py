"""From results of single fits to the rows of a table and their mean."""

from __future__ import annotations

from statistics import mean
from typing import Any

Result = dict[str, Any]
Row = dict[str, Any]


def rows_of(results: list[Result]) -> list[Row]:
    """A row for each case: means over its seeds, `low` and `high` the extremes where there are several."""
    cases = list(dict.fromkeys(result["case"] for result in results))
    return [_row([result for result in results if result["case"] == case]) for case in cases]


def _row(seeds: list[Result]) -> Row:
    keys = list(seeds[0]["mean"])
    columns = {key: [result["mean"].get(key) for result in seeds] for key in keys}
    first = seeds[0]
    row = {"case": first["case"], "scene": first["scene"], "seeds": len(seeds)}
    row |= {key: mean_of(values) for key, values in columns.items()}
    known = {key: values for key, values in columns.items() if None not in values}
    row |= {"low": {key: min(v) for key, v in known.items()}, "high": {key: max(v) for key, v in known.items()}}
    for key in ("seconds", "steps", "gaussians", "parameters"):
        row[key] = mean_of([result["fit"].get(key) for result in seeds])
    return row


def mean_row(rows: list[Row]) -> Row:
    """The mean over scenes, each the mean of its cases."""
    scenes = list(dict.fromkeys(row["scene"] for row in rows))
    keys = [key for key, value in rows[0].items() if key not in ("case", "scene", "seeds", "low", "high")]
    by_scene = [[row for row in rows if row["scene"] == scene] for scene in scenes]
    return {key: mean_of([mean_of([row.get(key) for row in group]) for group in by_scene]) for key in keys}


def mean_of(values: list[float | int | None]) -> float | None:
    """None where any is: a mean of what happens to be known would flatter."""
    known = [value for value in values if value is not None]
    return float(mean(known)) if known and len(known) == len(values) else None
