"""The specification of every kernel, in plain torch: any device, any float type, slow and obvious."""

from recon3d.kernels.reference.backgrounds import over
from recon3d.kernels.reference.decoding import decode
from recon3d.kernels.reference.hash_grid import hash_encode
from recon3d.kernels.reference.marching import composite, occupied, ray_of, ray_samples
from recon3d.kernels.reference.perceptron import perceptron
from recon3d.kernels.reference.rasterising import rasterise
from recon3d.kernels.reference.similarity import SSIM_WINDOW, l1_ssim, ssim_map
from recon3d.kernels.reference.splatting import covariances, project, sh_colours, splat
from recon3d.kernels.reference.updates import ADAM_EPSILON, adam_step, counter_noise, perturb_means

__all__ = [
    "ADAM_EPSILON",
    "SSIM_WINDOW",
    "adam_step",
    "composite",
    "counter_noise",
    "covariances",
    "decode",
    "hash_encode",
    "l1_ssim",
    "occupied",
    "over",
    "perceptron",
    "perturb_means",
    "project",
    "rasterise",
    "ray_of",
    "ray_samples",
    "sh_colours",
    "splat",
    "ssim_map",
]
