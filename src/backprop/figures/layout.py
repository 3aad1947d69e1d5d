"""Where the nodes of a computational graph stand: layers from left to right, rows in each layer.

The method is that of Sugiyama, Tagawa and Toda (1981), in its simplest form: layers by depth,
passing wires cut into links from layer to layer, and the order in a layer found by sweeps in which
each item moves to the mean height of its neighbors.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

ROW = 1.0
"""Least distance of two nodes of a layer."""

ROW_WIRE = 0.55
"""Least distance of a node and a wire that passes it."""

SWEEPS = 24


def layers_and_links(parents: list[list[int]]) -> tuple[list[list], list[tuple]]:
    """Place each node in a layer, and cut each wire into links between neighboring layers.

    Parameters
    ----------
    parents : list of lists of int
        For each node the nodes that it is computed from; each has a smaller number than it.

    Returns
    -------
    layers : list of lists
        The items of each layer: an int is a node, a tuple `(i, layer)` is the
        place where the wire of node i passes through a layer on its way to a later one.
    links : list of pairs of items
        Each pair lies in neighboring layers.
    """
    children: list[list[int]] = [[] for _ in parents]
    depth = [0] * len(parents)
    for i, its_parents in enumerate(parents):
        depth[i] = 1 + max((depth[p] for p in its_parents), default=-1)
        for p in sorted(set(its_parents)):
            children[p].append(i)
    for i, its_parents in enumerate(parents):
        if not its_parents and children[i]:  # an input stands just before its first use
            depth[i] = min(depth[c] for c in children[i]) - 1

    layers: list[list] = [[] for _ in range(max(depth) + 1)]
    for i, d in enumerate(depth):
        layers[d].append(i)
    links = []
    for i, its_children in enumerate(children):
        item = i
        last = max((depth[c] for c in its_children), default=0)
        for d in range(depth[i] + 1, last + 1):
            links.extend((item, c) for c in its_children if depth[c] == d)
            if d < last:
                layers[d].append((i, d))
                links.append((item, (i, d)))
                item = (i, d)
    return layers, links


def rows(layers: list[list], links: list[tuple]) -> dict:
    """Find a height for every item, so that few wires cross and most are nearly straight.

    Returns
    -------
    dict
        item -> height, upwards.
    """
    before: dict = {item: [] for layer in layers for item in layer}
    after: dict = {item: [] for layer in layers for item in layer}
    column = {item: c for c, layer in enumerate(layers) for item in layer}
    for start, end in links:
        before[end].append(start)
        after[start].append(end)
    height = {item: -ROW * row for layer in layers for row, item in enumerate(layer)}
    best, best_cost = dict(height), np.inf
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        neighbors = before if forward else after
        for layer in layers if forward else reversed(layers):
            wish = {
                item: round(float(np.mean([height[n] for n in neighbors[item] or [item]])), 6)
                for item in layer
            }
            layer.sort(key=lambda item, wish=wish: -wish[item])
            gaps = [
                ROW if isinstance(a, int) and isinstance(b, int) else ROW_WIRE
                for a, b in pairwise(layer)
            ]
            offsets = np.concatenate([[0.0], np.cumsum(gaps)])
            placed = nonincreasing(np.array([wish[item] for item in layer]) + offsets) - offsets
            height.update(zip(layer, placed.tolist(), strict=True))
        length = sum(abs(height[a] - height[b]) for a, b in links)
        cost = length + 5 * _crossings(height, column, links)
        if cost < best_cost - 1e-6:
            best, best_cost = dict(height), cost
    return best


def _crossings(height: dict, column: dict, links: list[tuple]) -> int:
    """Count the pairs of links between the same two layers that cross."""
    by_column: dict[int, list] = {}
    for start, end in links:
        by_column.setdefault(column[start], []).append((height[start], height[end]))
    count = 0
    for pairs in by_column.values():
        start, end = np.array(pairs).T
        count += int((np.subtract.outer(start, start) * np.subtract.outer(end, end) < -1e-6).sum())
    return count // 2


def nonincreasing(wish: np.ndarray) -> np.ndarray:
    """Return the non-increasing sequence nearest to `wish` in squared error.

    Pool adjacent violators: neighbors in the wrong order share their mean.
    """
    blocks: list[tuple[float, int]] = []  # (mean, count)
    for value in wish:
        mean, count = float(value), 1
        while blocks and blocks[-1][0] < mean:
            other, size = blocks.pop()
            mean = (other * size + mean * count) / (size + count)
            count += size
        blocks.append((mean, count))
    return np.concatenate([np.full(count, mean) for mean, count in blocks])
