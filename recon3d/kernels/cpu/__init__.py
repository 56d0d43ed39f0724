"""The C++ kernels (`native/`) behind the signatures of `reference`, for float32 tensors on the CPU."""

from recon3d.kernels.cpu.backgrounds import over
from recon3d.kernels.cpu.decoding import decode
from recon3d.kernels.cpu.hash_grid import GRID_FEATURES, hash_encode
from recon3d.kernels.cpu.library import INSTRUCTION_SETS, default_threads, instruction_set, set_threads
from recon3d.kernels.cpu.marching import composite, ray_samples
from recon3d.kernels.cpu.perceptron import perceptron
from recon3d.kernels.cpu.rasterising import rasterise
from recon3d.kernels.cpu.similarity import l1_ssim
from recon3d.kernels.cpu.splatting import Work, splat, work_of
from recon3d.kernels.cpu.updates import adam_step, perturb_means

__all__ = [
    "GRID_FEATURES",
    "INSTRUCTION_SETS",
    "Work",
    "adam_step",
    "composite",
    "decode",
    "default_threads",
    "hash_encode",
    "instruction_set",
    "l1_ssim",
    "over",
    "perceptron",
    "perturb_means",
    "rasterise",
    "ray_samples",
    "set_threads",
    "splat",
    "work_of",
]
