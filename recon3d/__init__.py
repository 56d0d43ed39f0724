"""recon3d: posed images, or one photo, to a radiance or Gaussian representation, rendered differentiably."""

__version__ = "0.1.0"
