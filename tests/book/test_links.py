"""Links, anchors and images of the built pages lead somewhere, and pages load no stranger."""

import re
from urllib.parse import urlsplit

import pytest
from booktools import Site
from bs4 import BeautifulSoup

# What a page loads by itself. A link (<a href>) may lead elsewhere: the reader clicks it.
LOADING = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "link": ("href",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
    "form": ("action",),
}
ELSEWHERE = re.compile(r"(?:https?:)?//\w")
CSS_LOAD = re.compile(r"(?:url\(|@import)\s*['\"]?\s*((?:https?:)?//[^'\")\s]+)", re.I)


def third_party(html: str) -> list[str]:
    """Each thing that an HTML page loads from another server."""
    soup = BeautifulSoup(html, "html.parser")
    found = []
    for name, attributes in LOADING.items():
        for tag in soup.find_all(name):
            if name == "link" and tag.get("rel") == ["canonical"]:
                continue
            found += [
                f"<{name} {key}={tag[key]!r}>"
                for key in attributes
                if tag.get(key) and ELSEWHERE.search(tag[key].split("#")[0])
            ]
    styles = [tag.get_text() for tag in soup.find_all("style")]
    styles += [tag["style"] for tag in soup.find_all(style=True)]
    found += [url for style in styles for url in CSS_LOAD.findall(style)]
    for script in soup.find_all("script", src=False):
        found += re.findall(r"https?://[^\s\"'\\]+", script.get_text())
    return found


def test_internal_links_hold(site):
    problems = {
        name: broken for name, page in site.pages.items() if (broken := site.broken_links(page))
    }
    assert problems == {}


def test_nothing_comes_from_a_third_party(site):
    problems = {
        name: found for name, page in site.pages.items() if (found := third_party(page.html))
    }
    for path in sorted(site.folder.rglob("*.css")):
        if found := CSS_LOAD.findall(path.read_text(encoding="utf-8")):
            problems[path.name] = found
    assert problems == {}


def test_external_links_are_complete(site):
    """An external link has a server, and https unless the site has none."""
    without_https = {"neuralnetworksanddeeplearning.com", "yann.lecun.com"}
    problems = []
    for name, page in site.content.items():
        for tag in page.soup.select("article a[href]"):
            parts = urlsplit(tag["href"])
            if parts.scheme == "http" and parts.netloc not in without_https:
                problems.append(f"{name}: {tag['href']}")
            if parts.scheme in ("http", "https") and "." not in parts.netloc:
                problems.append(f"{name}: {tag['href']}")
    assert problems == []


def test_a_broken_link_is_found(tmp_path):
    (tmp_path / "b.html").write_text('<p id="here"></p>')
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">ok</a> <a href="b.html#gone">x</a> <a href="c.html">x</a>'
        '<img src="none.svg"> <a href="#no">x</a> <a href="../secret.html">x</a>'
    )
    site = Site(tmp_path)
    assert len(site.broken_links(site.pages["a"])) == 5


@pytest.mark.parametrize(
    "html",
    [
        '<script src="https://x.org/a.js"></script>',
        '<script src="//x.org/a.js"></script>',
        '<link rel="stylesheet" href="https://x.org/a.css">',
        '<link rel="preconnect" href="https://x.org">',
        '<img src="http://x.org/a.png">',
        '<img src="a.png" srcset="https://x.org/a.png 2x">',
        '<iframe src="https://x.org"></iframe>',
        "<style>@import 'https://x.org/a.css';</style>",
        '<p style="background: url(https://x.org/a.png)"></p>',
        '<script>load("https://x.org/a.js")</script>',
    ],
)
def test_a_third_party_is_found(html):
    assert len(third_party(html)) == 1


def test_a_link_to_click_is_no_third_party_request():
    assert third_party('<a href="https://x.org">x</a><img src="../a.svg">') == []
