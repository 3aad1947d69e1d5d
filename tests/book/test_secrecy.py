"""No assignment's solution or hidden test is in the built book, its sources or its search."""

from booktools import ROOT

FOLDERS = sorted(path.parent for path in (ROOT / "assignments").glob("*/source.py"))


def test_nothing_secret_is_in_the_built_book(site):
    canaries = [f"canary-{folder.name}".encode() for folder in FOLDERS]
    assert canaries
    files = [path for path in site.folder.rglob("*") if path.is_file()]
    assert any(path.name == "searchindex.js" for path in files)
    for path in files:
        data = path.read_bytes()
        assert not any(canary in data for canary in canaries), path
