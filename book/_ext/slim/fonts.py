"""Fonts cut to the characters that the pages use."""

import io
import logging
from pathlib import Path

from fontTools import subset

# It reports each table that it cuts, and Jupyter Book shows what any logger says.
logging.getLogger("fontTools").setLevel(logging.WARNING)


def cut(path: Path, characters: set[str]) -> bytes:
    """The glyphs of these characters as a WOFF2 font."""
    options = subset.Options(flavor="woff2", hinting=False, ignore_missing_unicodes=True)
    options.drop_tables += ["FFTM"]
    font = subset.load_font(path, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=map(ord, characters))
    cutter.subset(font)
    stream = io.BytesIO()
    subset.save_font(font, stream, options)
    return stream.getvalue()
