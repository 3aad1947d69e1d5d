"""A batch's gradient in shards: each is computed somewhere, and their weighted sum is the whole's.

A loss that is a mean over N samples is a sum, and a sum can be cut. With N_k samples in shard k,

    L = (1/N) Σₙ ℓₙ = Σₖ (N_k/N) L_k,        g = Σₖ (N_k/N) g_k,

where L_k is the mean over shard k alone, and g_k its gradient. Σₖ N_k/N = 1: a penalty on the
weights, which each shard adds whole, comes out once.

What travels: to each worker the parameters, from each its gradient, P numbers each way, and the
recipe of the network, a function. The samples travel as well, unless they lie with the workers.

A task is a pure function of what it was sent. So it does not matter where it runs, when, or how
often: if a worker dies, its tasks are run again elsewhere, and the sum is the same to the last bit.
"""

from collections.abc import Callable, Sequence

import numpy as np

from .layer import leaves
from .layers import BatchNorm, Dropout
from .network import Sequential
from .regularizers import add_penalties, penalized

__all__ = ["add_up", "shard_gradient", "sharded_gradient", "split"]


def split(x: np.ndarray, y: np.ndarray, shards: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Cut N samples into shards of nearly equal size, in their order; the parts are views.

    Raises
    ------
    ValueError
        If x and y are not as long, or there are more shards than samples, or none.
    """
    if len(x) != len(y):
        raise ValueError(f"split: expected x and y of the same length, got {len(x)} and {len(y)}")
    if not 1 <= shards <= len(x):
        raise ValueError(f"split: expected 1 to {len(x)} shards of {len(x)} samples, got {shards}")
    return list(zip(np.array_split(x, shards), np.array_split(y, shards), strict=True))


def shard_gradient(
    make: Callable[[], Sequential], parameters: np.ndarray, x: np.ndarray, y: np.ndarray
) -> tuple[int, float, np.ndarray]:
    """Return N_k, L_k and g_k: what a worker does for one shard.

    Parameters
    ----------
    make : function
        Returns a network, built and compiled. Each task makes its own: no two share buffers.
    parameters : array of shape (n_parameters,)
        The weights at which the gradient is asked for.
    x, y : arrays of N_k samples

    Raises
    ------
    ValueError
        If the network holds a BatchNorm, whose mean over a shard is not that over the batch, or a
        Dropout, whose masks would depend on the cut.
    """
    network = make()
    for layer in leaves(network.layers):
        if isinstance(layer, BatchNorm | Dropout):
            raise ValueError(
                f"shard_gradient: expected layers whose output for a sample depends on that "
                f"sample alone, got {layer.name}: cut in shards, the gradient is another"
            )
    network.parameters = parameters
    loss = network.loss.forward(y, network.forward(x, training=True))
    network.backward(network.loss.backward(), need_dx=False)
    loss += add_penalties(penalized(network.layers))
    return len(x), loss, network.gradients


def add_up(results: Sequence[tuple[int, float, np.ndarray]]) -> tuple[float, np.ndarray]:
    """Return L and g from each shard's (N_k, L_k, g_k), added in the order of the shards."""
    total = sum(n for n, _, _ in results)
    loss, gradient = 0.0, np.zeros_like(results[0][2])
    for n, loss_k, gradient_k in results:
        loss += n / total * loss_k
        gradient += n / total * gradient_k
    return loss, gradient


def sharded_gradient(
    make: Callable[[], Sequential], parameters: np.ndarray, shards: Sequence[tuple], client=None
) -> tuple[float, np.ndarray]:
    """Return the loss and the gradient of all shards together.

    Parameters
    ----------
    make, parameters
        As for ``shard_gradient``.
    shards : sequence of (x, y)
        Arrays, or futures of the client that stand for arrays.
    client : optional
        Has ``submit(function, *arguments)``, which returns a future with ``result()``: a Client of
        Dask distributed, or an Executor of ``concurrent.futures``. None computes here.

    Raises
    ------
    ValueError
        If there is no shard; and as ``shard_gradient`` does.
    """
    if not shards:
        raise ValueError("sharded_gradient: expected at least one shard, got none")
    tasks = [(make, parameters, x, y) for x, y in shards]
    if client is None:
        return add_up([shard_gradient(*task) for task in tasks])
    futures = [client.submit(shard_gradient, *task) for task in tasks]
    return add_up([future.result() for future in futures])
