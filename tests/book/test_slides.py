"""The figures of a chapter as a folder of files for slides."""

import sys
from xml.etree import ElementTree

import pytest
from booktools import BOOK, notebook_paths, read_notebook

sys.path.insert(0, str(BOOK))
import slides


def test_every_figure_of_the_book_is_written_and_described(tmp_path):
    folders = slides.export(tmp_path, [])
    assert {BOOK / f"{f.relative_to(tmp_path)}.ipynb" for f in folders} <= set(notebook_paths())
    for folder in folders:
        path = BOOK / f"{folder.relative_to(tmp_path)}.ipynb"
        drawn = sum(
            "image/svg+xml" in output.get("data", {})
            for cell in read_notebook(path)["cells"]
            for output in cell.get("outputs", [])
        )
        files = sorted(folder.glob("*.svg"))
        assert len(files) == drawn > 0
        for file in files:
            assert ElementTree.parse(file).getroot().tag.endswith("svg")
        described = (folder / "descriptions.txt").read_text(encoding="utf-8").splitlines()
        assert [line.split(": ")[0] for line in described] == [file.name for file in files]
        assert all(len(line.split(": ", 1)[1]) > 20 for line in described)


def test_one_chapter_alone(tmp_path):
    assert slides.export(tmp_path, ["03-algorithm"]) == [tmp_path / "03-algorithm"]
    assert [folder.name for folder in tmp_path.iterdir()] == ["03-algorithm"]


def test_an_unknown_page_is_named(tmp_path):
    with pytest.raises(SystemExit, match="no page 03-algoritm; the pages are 01-background"):
        slides.export(tmp_path, ["03-algoritm"])
    assert list(tmp_path.iterdir()) == []
