"""The package's tests draw without a screen, on every system."""

import matplotlib

matplotlib.use("agg")
