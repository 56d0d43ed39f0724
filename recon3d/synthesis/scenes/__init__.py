"""Procedural scenes without end: rooms, facades, and things on the ground before a backdrop. Lengths are metres, z is
up; colours are lit, in sRGB, at the vertices."""
