"""Read a data file that comes with the package, and refuse one that is not as it was packed."""

from __future__ import annotations

import gzip
import hashlib
from importlib.resources import files

__all__ = ["DIGESTS", "read_data"]

DIGESTS = {
    "declaration.tsv.gz": "84fe35f7aafe21f16bca04b0432d288082c99c4b3fba9afdf1163d6113eb4de0",
    "digits.csv.gz": "e31b7ccbf8cc2b158de948b1bb7a67bf39a856fb064b3aa8ef489f12a2dc4b63",
    "languages.tsv.gz": "ef104bd3b9078bebb716a086a99c4109dd6e839b2afef3d7642120a1d858a19d",
    "numbers.tsv.gz": "0484b3cdd183b71b8b98581fddccafc59f49da3b774afe3a1d6374a314c326ba",
    "stocks.csv.gz": "c0f9b1cb44d56b8085df11a9c3007ac0c455995be16a55d75227fffea61871aa",
    "weather.csv.gz": "8f302b0db0dcf8d6b4ed0516335e2c6829fe0a6dc92bf9083a85ed1e71b0d06b",
    "wine.csv": "64a103765d7d2874ffd162ffcda1878648b6c463f613fe5911d8046848217518",
}
"""The SHA-256 digest of each data file, byte for byte as it lies in the folder."""


def read_data(name: str) -> list[str]:
    """Read a data file's lines, unpacked if its name ends in `.gz`.

    Parameters
    ----------
    name : str
        A key of `DIGESTS`.

    Returns
    -------
    list of str
        The lines, without their ends.

    Raises
    ------
    FileNotFoundError
        If the installed package lacks the file.
    ValueError
        If one byte of the file is another than when it was packed.
    """
    path = files("backprop").joinpath("data", name)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise FileNotFoundError(
            f"{name}: expected this data file at {path}, got none; install the package again"
        ) from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != DIGESTS[name]:
        raise ValueError(
            f"{name}: expected the SHA-256 digest {DIGESTS[name]}, got {digest}; "
            f"the file at {path} is damaged or was changed: install the package again"
        )
    if name.endswith(".gz"):
        content = gzip.decompress(content)
    return content.decode("utf-8").splitlines()
