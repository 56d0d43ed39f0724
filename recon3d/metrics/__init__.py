"""Objectives, image metrics and the published protocols that say how to use them."""
