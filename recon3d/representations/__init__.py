"""What a scene is once encoded, and the upkeep of the representations that grow and shrink while they are fitted."""
