"""What a page weighs when it is loaded, as a static server sends it, whatever the speed."""

import re
from pathlib import PurePosixPath
from random import Random
from string import ascii_letters

import pytest
from booktools import toc_files
from bs4 import BeautifulSoup

BYTES = 400_000  # transferred, with headers
REQUESTS = 20
PHONE = {"width": 390, "height": 800}
OTHERS = ["search", "genindex", "py-modindex"]

LOADED = """() => performance.getEntriesByType('navigation')
  .concat(performance.getEntriesByType('resource')).map(e => [e.name, e.transferSize])"""


def weight(browser, url) -> tuple[int, int, list[str]]:
    """Bytes and number of what is loaded before anybody scrolls or clicks, and the strangers."""
    home = url.split("/", 3)[2]
    asked = []
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url, wait_until="load")
        page.wait_for_timeout(100)
        loaded = page.evaluate(LOADED)
    asked = [address for address in asked if address.startswith("http")]
    strangers = [address for address in asked if address.split("/", 3)[2] != home]
    return sum(size for _, size in loaded), len(asked), strangers


def problems(browser, url) -> list[str]:
    size, requests, strangers = weight(browser, url)
    found = [f"third party: {address}" for address in strangers]
    if size > BYTES:
        found.append(f"too heavy: {size / 1000:.0f} kB")
    if requests > REQUESTS:
        found.append(f"too many requests: {requests}")
    return found


@pytest.mark.parametrize("name", [*toc_files(), *OTHERS])
def test_a_page_is_light(browser, address, name):
    assert problems(browser, f"{address}/{name}.html") == []


BAD = {
    "too heavy": "".join(Random(0).choices(ascii_letters, k=2 * BYTES)),
    "too many requests": "".join(f'<img src="{i}.svg" alt="x">' for i in range(REQUESTS)),
    "third party": '<img src="http://localhost:9/x.png" alt="x">',
}


@pytest.mark.parametrize("problem", BAD)
def test_a_bad_page_is_found(browser, serve, tmp_path, problem):
    head = '<!doctype html><link rel="icon" href="data:,">'
    (tmp_path / "bad.html").write_text(head + BAD[problem])
    found = problems(browser, f"{serve(tmp_path)}/bad.html")
    assert len(found) == 1 and found[0].startswith(problem)


def image_problems(soup: BeautifulSoup) -> list[str]:
    """Images whose place is not kept while they load, that load too early, or named by a file."""
    found = []
    for number, image in enumerate(soup.select("article img")):
        source = PurePosixPath(image["src"])
        if not (image.get("width", "").isdigit() and image.get("height", "").isdigit()):
            found.append(f"no size: {source}")
        if number and image.get("loading") != "lazy":
            found.append(f"not lazy: {source}")
        if source.stem in image["alt"] or re.search(r"\.(svg|png|jpg)\b", image["alt"]):
            found.append(f"a file's name as text: {source}")
    return found


def test_images_keep_their_place_and_load_when_they_are_near(site):
    pages = site.content.items()
    assert sum(len(page.soup.select("article img")) for _, page in pages) > 50
    assert [(name, p) for name, page in pages if (p := image_problems(page.soup))] == []


def test_a_bad_image_is_found():
    good = '<img src="a.svg" width="1" height="1" alt="A curve"><img src="b.svg" width="1" '
    good += 'height="1" loading="lazy" alt="A line">'
    for change in (("", ""), ('width="1" ', ""), ('loading="lazy" ', ""), ("A line", "b.svg")):
        soup = BeautifulSoup(f"<article>{good.replace(*change)}</article>", "html.parser")
        assert bool(image_problems(soup)) == (change != ("", ""))
