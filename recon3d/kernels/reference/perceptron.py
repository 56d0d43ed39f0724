"""A small perceptron."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from recon3d.kernels.interface import Activation


def perceptron(
    inputs: Float[Tensor, "n i"], parameters: Sequence[Tensor], activation: Activation
) -> Float[Tensor, "n o"]:
    """Linear layers with an activation between them. `parameters` are each layer's weights (outputs x inputs) and
    bias."""
    activate = functional.silu if activation == "silu" else functional.relu
    *hidden, last = zip(parameters[::2], parameters[1::2], strict=True)
    for weights, bias in hidden:
        inputs = activate(functional.linear(inputs, weights, bias))
    return functional.linear(inputs, *last)
