"""The C++ kernels (`native/`) behind the signatures of `reference`, for float32 tensors on the CPU."""

from recon3d.kernels.cpu.backgrounds import over
from recon3d.kernels.cpu.decoding import decode
from recon3d.kernels.cpu.library import INSTRUCTION_SETS, default_threads, instruction_set, set_threads
from recon3d.kernels.cpu.rasterising import rasterise
from recon3d.kernels.cpu.similarity import l1_ssim
from recon3d.kernels.cpu.splatting import Work, splat, work_of
from recon3d.kernels.cpu.updates import adam_step, perturb_means

__all__ = [
    "INSTRUCTION_SETS",
    "Work",
    "adam_step",
    "decode",
    "default_threads",
    "instruction_set",
    "l1_ssim",
    "over",
    "perturb_means",
    "rasterise",
    "set_threads",
    "splat",
    "work_of",
]
