"""A network's arrays in a file: NumPy's .npz, without pickle, so that reading runs no code."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

__all__ = ["check_path", "load", "replacing", "save"]


def save(path, arrays: dict[str, np.ndarray]) -> None:
    """Write arrays by name into a file that ends in ".npz".

    An interrupt leaves an old one whole: see ``replacing``.

    Raises
    ------
    ValueError
        If the path ends otherwise.
    """
    path = check_path(path, ".npz")
    with replacing(path) as beside, open(beside, "wb") as file:
        np.savez(file, **arrays)


def load(path) -> dict[str, np.ndarray]:
    """Return the arrays of a file that ``save`` has written, by name.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If it is damaged or something else.
    """
    path = check_path(path, ".npz")
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise
    except (BadZipFile, ValueError, EOFError, KeyError, OSError) as error:
        raise ValueError(
            f"{path}: expected a file of weights, got a damaged or other one"
        ) from error


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a place beside ``path`` to write to; what stands there then replaces ``path``.

    After an error or an interrupt ``path`` is as it was, and nothing is left beside it.
    """
    beside = path.with_name(path.name + ".part")
    try:
        yield beside
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def check_path(path, suffix: str) -> Path:
    """Return the path, or raise a ValueError if its name does not end in ``suffix``."""
    path = Path(path)
    if path.suffix != suffix:
        raise ValueError(f"expected a name that ends in {suffix!r}, got {str(path)!r}")
    return path
