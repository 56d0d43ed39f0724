"""From fields and depth maps to meshes that other programs open."""
