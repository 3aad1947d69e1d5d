"""IPython's `display` and what it can show."""

from cells import show

__all__ = ["HTML", "SVG", "Latex", "Markdown", "Math", "display"]


def display(*values: object, **options: object) -> None:
    for value in values:
        show(value)


class _Text:
    def __init__(self, data: str):
        self.data = data


class HTML(_Text):
    def _repr_html_(self) -> str:
        return self.data


class SVG(_Text):
    def _repr_svg_(self) -> str:
        return self.data


class Markdown(_Text):
    def _repr_markdown_(self) -> str:
        return self.data


class Latex(_Text):
    def _repr_latex_(self) -> str:
        return self.data


class Math(_Text):
    def _repr_latex_(self) -> str:
        return "$\\displaystyle " + self.data.strip("$") + "$"
