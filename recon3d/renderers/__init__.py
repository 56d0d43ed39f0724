"""(representation, Cameras) -> Rendering."""
