"""The frame that a photo of an object gives it, as TripoSR has it: the camera is level and looks along -x at the
origin, z is up. Objects are made for training, and photos cut out, to stand in it alike."""

from __future__ import annotations

import math

DISTANCE, FIELD_OF_VIEW = 1.9, 40.0
"""Of the camera, from the origin; degrees."""
FOCAL = 0.5 / math.tan(math.radians(FIELD_OF_VIEW) / 2)
"""In shares of the picture's side."""
FOREGROUND = 0.85
"""Share of the photo's side that the object's bounding square takes; OpenLRM was shown objects so large, too."""
HALF_SIZE = 0.87
"""All of an object lies within so far from the origin along every axis."""
