"""Procedural objects and places with exact cameras, depth, normals and mesh: the makers of `scenes/`."""
