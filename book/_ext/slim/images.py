"""Images: their size is known before they are loaded, and they are loaded when they are near."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

PIXELS = {"pt": 4 / 3, "px": 1, "": 1}


@cache
def size_of(path: Path) -> tuple[int, int] | None:
    """Width and height of an SVG file in pixels, or None where it has none of its own."""
    tag = re.search(r"<svg[^>]*>", path.read_text("utf-8"))[0]
    sides = [re.search(rf'\s{side}="([\d.]+)(pt|px|)"', tag) for side in ("width", "height")]
    if all(sides):
        return tuple(round(float(side[1]) * PIXELS[side[2]]) for side in sides)
    box = re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', tag)
    return (round(float(box[1])), round(float(box[2]))) if box else None


def with_sizes(text: str, folder: Path) -> str:
    """Give each figure of a page its size, and let all but the first wait until they are near."""
    first = True

    def improve(tag: re.Match) -> str:
        nonlocal first
        image = tag[0]
        path = folder / unquote(re.search(r'\ssrc="([^"]+)"', image)[1])
        if path.suffix != ".svg":
            return image
        attributes = ""
        if (size := size_of(path.resolve())) and not re.search(r"\s(width|height)=", image):
            attributes = f'width="{size[0]}" height="{size[1]}" '
        if "logo__image" not in image:
            if not first:
                attributes += 'loading="lazy" decoding="async" '
            first = False
        return image.replace("<img ", f"<img {attributes}", 1)

    return re.sub(r"<img\s[^>]*>", improve, text)
