"""A photo of one object, as encoders of single photos want it: cut out of its background, centred, at a known size."""
