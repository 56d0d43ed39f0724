"""Masts, spars and ropes. Booms and gaffs swing with the sails they carry."""

from __future__ import annotations

import numpy as np

from recon3d.synthesis import shapes
from recon3d.synthesis.ketch import hull, sails, stuff
from recon3d.synthesis.ketch.sails import swung
from recon3d.synthesis.model import Part
from recon3d.synthesis.surface import Point, Surface, merged

Array = np.ndarray

MAIN, MIZZEN = sails.MAIN_MAST, sails.MIZZEN_MAST
HOUNDS, MIZZEN_HOUNDS = 0.80, 0.62  # where the shrouds meet the masts


def parts(spacing: float) -> list[Part]:
    """All of the rig."""
    return [
        Part(_masts(spacing), stuff.pine()),
        Part(_gaff_sail_spars(spacing), stuff.pine()),
        Part(_standing_rigging(spacing), stuff.tarred_rope()),
        Part(_running_rigging(spacing), stuff.hemp()),
        Part(_blocks(spacing), stuff.mahogany()),
    ]


def _masts(spacing: float) -> Surface:
    pieces = [
        _tapered((MAIN, 0, 0.0), (MAIN, 0, 0.90), 0.019, 0.014, spacing),
        _tapered((MAIN + 0.026, 0, 0.76), (MAIN + 0.026, 0, 1.27), 0.012, 0.006, spacing),
        _tapered((MIZZEN, 0, 0.0), (MIZZEN, 0, 0.80), 0.016, 0.008, spacing),
        _tapered((0.62, 0, 0.165), (1.14, 0, 0.30), 0.016, 0.010, spacing),
    ]
    trucks = [shapes.sphere(0.011, 0.006).at(MAIN + 0.026, 0, 1.275), shapes.sphere(0.011, 0.006).at(MIZZEN, 0, 0.805)]
    return merged(pieces + trucks)


def _gaff_sail_spars(spacing: float) -> Surface:
    """Booms below and gaffs above the two big sails, each with jaws around its mast."""
    spars = [
        (sails.MAINSAIL, (0.195, 0, 0.150), (-0.45, 0, 0.175), 0.012),
        (sails.MAINSAIL, (0.185, 0, 0.705), (-0.27, 0, 0.963), 0.010),
        (sails.MIZZEN, (-0.535, 0, 0.190), (-0.98, 0, 0.215), 0.010),
        (sails.MIZZEN, (-0.54, 0, 0.555), (-0.84, 0, 0.728), 0.008),
    ]
    pieces = []
    for sail, start, end, radius in spars:
        path = swung(shapes.resampled(np.array([start, end], float), spacing), sail.swing, sail.pivot)
        taper = 1 - 0.35 * (2 * np.linspace(0, 1, len(path)) - 0.8) ** 2
        pieces.append(shapes.tube(path, radius * taper, spacing))
    return merged(pieces)


def _tapered(start: Point, end: Point, thick: float, thin: float, spacing: float) -> Surface:
    path = shapes.resampled(np.array([start, end], float), spacing)
    return shapes.tube(path, np.linspace(thick, thin, len(path)), spacing)


def _shrouds() -> list[tuple[Array, Array]]:
    """Feet on the rail and heads at the mast of all shrouds, three to a side on the main mast, two on the mizzen."""
    lines = []
    for side in (-1.0, 1.0):
        for mast, head, feet in ((MAIN, HOUNDS, (0.09, 0.16, 0.23)), (MIZZEN, MIZZEN_HOUNDS, (-0.62, -0.55))):
            for foot in hull.rail(np.array(feet), side, -0.006, -0.012):
                lines.append((foot, np.array([mast, 0.012 * side, head])))
    return lines


def _standing_rigging(spacing: float) -> Surface:
    ropes: list[tuple[Array | Point, Array | Point, float]] = [(a, b, 0.0042) for a, b in _shrouds()]
    ropes += [
        ((0.80, 0, 0.225), (MAIN, 0, HOUNDS), 0.0042),
        ((1.12, 0, 0.30), (MAIN + 0.026, 0, 1.06), 0.0038),
        ((1.13, 0, 0.30), (MAIN + 0.026, 0, 1.25), 0.0032),
        ((1.12, 0, 0.29), (0.812, 0, -0.02), 0.0042),
        ((MAIN, 0, 0.89), (MIZZEN, 0, 0.79), 0.0034),
        *(((1.11, 0, 0.295), tuple(hull.rail(np.array([0.62]), side, 0.0, 0.03)[0]), 0.0034) for side in (-1.0, 1.0)),
    ]
    return merged([_line(a, b, radius, spacing) for a, b, radius in ropes] + _ratlines(spacing))


def _ratlines(spacing: float) -> list[Surface]:
    """The rungs across the main shrouds."""
    shrouds = _shrouds()
    rungs = []
    for first, last in ((shrouds[0], shrouds[2]), (shrouds[5], shrouds[7])):
        for share in np.linspace(0.10, 0.80, 11):
            a, b = (foot + share * (head - foot) for foot, head in (first, last))
            rungs.append(_line(a, b, 0.0030, spacing))
    return rungs


def _running_rigging(spacing: float) -> Surface:
    """Halyards, sheets and lifts; light ropes, some with a little slack."""
    boom = swung(np.array([[-0.40, 0, 0.165], [-0.90, 0, 0.20]]), sails.MAINSAIL.swing, MAIN)
    mizzen_boom = swung(np.array([-0.92, 0, 0.20]), sails.MIZZEN.swing, MIZZEN)
    peak = swung(np.array([[-0.10, 0, 0.875], [-0.23, 0, 0.945]]), sails.MAINSAIL.swing, MAIN)
    mizzen_peak = swung(np.array([-0.75, 0, 0.69]), sails.MIZZEN.swing, MIZZEN)
    clews = [sail.points(np.array(1.0), np.array(0.0)) for sail in (sails.STAYSAIL, sails.JIB)]
    ropes = [
        (boom[0], (-0.36, 0.0, 0.045), 0.0),
        (boom[0], (MAIN, 0.01, 0.86), 0.02),
        (mizzen_boom, (-0.79, 0.0, 0.14), 0.0),
        (peak[0], (MAIN, 0, 0.885), 0.0),
        (peak[1], (MAIN, 0, 0.895), 0.0),
        (mizzen_peak, (MIZZEN, 0, 0.77), 0.0),
        (clews[0], (0.24, 0.165, 0.085), 0.0),
        (clews[1], (0.05, 0.225, 0.075), 0.02),
        ((MAIN - 0.005, -0.017, 0.80), (MAIN - 0.03, -0.035, 0.06), 0.0),
        ((MAIN + 0.01, 0.018, 0.80), (MAIN + 0.01, 0.04, 0.06), 0.0),
    ]
    return merged([_line(a, b, 0.0036, spacing, slack) for a, b, slack in ropes])


def _line(start: Array | Point, end: Array | Point, radius: float, spacing: float, slack: float = 0.0) -> Surface:
    """A rope that hangs through by `slack` in the middle."""
    path = shapes.resampled(np.array([start, end], float), 2 * spacing)
    share = np.linspace(0, 1, len(path))
    path[:, 2] -= slack * 4 * share * (1 - share)
    return shapes.tube(path, radius, spacing)


def _blocks(spacing: float) -> Surface:
    """Pulleys where ropes turn, and deadeyes at the feet of the shrouds."""
    places = [foot + 0.045 * (head - foot) / np.linalg.norm(head - foot) for foot, head in _shrouds()]
    places += [swung(np.array([-0.40, 0, 0.152]), sails.MAINSAIL.swing, MAIN), np.array([-0.36, 0.0, 0.06])]
    places += [np.array([MAIN - 0.022, 0, 0.885]), np.array([MIZZEN - 0.015, 0, 0.765])]
    return merged([shapes.sphere(0.0105, 0.006).at(*place) for place in places])
