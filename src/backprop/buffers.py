"""Buffers: arrays that layers and losses keep from step to step, a set for each shape of input."""

__all__ = ["Buffered", "inner"]

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
            object.__setattr__(self, name, buffer)

    def __getstate__(self):
        buffers = {name for one in self._buffers.values() for name in one}
        state = {name: value for name, value in vars(self).items() if name not in buffers}
        return state | {"_buffers": {}}

    def __setstate__(self, state):
        # One by one: Python reads attributes more slowly after vars(self).update(state).
        for name, value in state.items():
            object.__setattr__(self, name, value)
        self._forget()


def inner(thing: Buffered, name: str, base: type):
    """Return the method of a layer or loss that a training loop calls for ``name``.

    That is ``_forward`` for ``forward``, without the checks and copies which ``base`` makes there,
    unless a subclass, or somebody at the instance, has replaced the public method.
    """
    public = getattr(thing, name)
    own = getattr(public, "__func__", None) is getattr(base, name)
    return getattr(thing, "_" + name) if own else public
