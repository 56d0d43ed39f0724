"""Pure functions on tensors: rotations, transforms, lenses, rays, spherical harmonics. Imports nothing of recon3d."""
