"""The repository's root on the path: `assignments` is imported from there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
