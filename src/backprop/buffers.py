"""Buffers: arrays that layers and losses keep from step to step, a set for each shape of input."""

import numpy as np

__all__ = ["Buffered"]

# A full batch, a last one, a validation batch, and one to spare: shapes whose buffers are kept.
SHAPES_KEPT = 4


class _Nothing:
    def __reduce__(self):
        return "NOTHING"  # a copy is the same object


# Stands for "no array yet"; no caller can pass it by mistake, as None could be.
NOTHING = _Nothing()


class Buffered:
    """An object whose buffers are attributes, taken up anew when its input changes its shape.

    A subclass says which buffers a shape needs (``_make``), and what to do to be as if no input had
    come yet (``_forget``). A copy or a pickle leaves the buffers out: many are views of one
    another, or of parameters, and their copies would not be.
    """

    #: Names of the arrays that are no buffers.
    _lasting: tuple[str, ...] = ()

    def __init__(self):
        self._buffers = {}
        self._forget()

    def _make(self, key) -> dict:
        raise NotImplementedError

    def _forget(self):
        raise NotImplementedError

    def _take_up(self, key):
        """Make the buffers for ``key`` the attributes; they are made on first use."""
        if key not in self._buffers:
            if len(self._buffers) == SHAPES_KEPT:
                del self._buffers[next(iter(self._buffers))]
            self._buffers[key] = self._make(key)
        for name, buffer in self._buffers[key].items():
            setattr(self, name, buffer)

    def __getstate__(self):
        state = {
            name: value
            for name, value in vars(self).items()
            if name in self._lasting or not isinstance(value, np.ndarray)
        }
        return state | {"_buffers": {}}

    def __setstate__(self, state):
        # One by one: Python reads attributes more slowly after vars(self).update(state).
        for name, value in state.items():
            setattr(self, name, value)
        self._forget()
