"""A network's arrays in a file: NumPy's .npz, without pickle, so that reading runs no code."""

import os
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

__all__ = ["load", "save"]


def save(path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays by name into a file that ends in ".npz".

    The file is written beside its place and moved there: an interrupt leaves the old one whole.

    Raises
    ------
    ValueError
        If the path ends otherwise.
    """
    path = _checked(path)
    beside = path.with_name(path.name + ".part")
    try:
        with open(beside, "wb") as file:
            np.savez(file, **arrays)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def load(path) -> dict[str, np.ndarray]:
    """Return the arrays of a file that ``save`` has written, by name.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is damaged or something else.
    """
    path = _checked(path)
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise
    except (BadZipFile, ValueError, EOFError, KeyError, OSError) as error:
        raise ValueError(
            f"{path}: expected a file of weights, got a damaged or other one"
        ) from error


def _checked(path):
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f"expected a name that ends in '.npz', got {str(path)!r}")
    return path
