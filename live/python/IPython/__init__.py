"""As much of IPython as the pages use: it is not in the page's Python, `cells` stands for it."""

__all__ = ["get_ipython"]


def get_ipython() -> None:
    """There is no shell to set up."""
