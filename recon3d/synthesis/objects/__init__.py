"""Procedural objects without end, and examples to train single-photo networks on. Begin with making."""
