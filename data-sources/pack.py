"""Write rows of text as a small packed table into the package's data folder."""

import gzip
from pathlib import Path

DATA = Path(__file__).resolve().parents[1] / "src/backprop/data"


def pack(name: str, rows: list[tuple], separator: str = ",") -> None:
    """Write one line a row, packed without a time or a name: the same rows give the same bytes."""
    text = "".join(separator.join(map(str, row)) + "\n" for row in rows)
    DATA.joinpath(name).write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))
    print(f"{name}: {len(rows)} rows, {DATA.joinpath(name).stat().st_size} bytes")
