"""Make numbers.tsv.gz with num2words: see README.md.

Numbers below 10,000, drawn without replacement, then numbers from 10,000 to 99,999: the range that
no training pair comes from.
"""

import random

from num2words import num2words
from pack import pack

rng = random.Random(0)
drawn = rng.sample(range(10_000), 5_500) + rng.sample(range(10_000, 100_000), 500)
# English words are written with commas, so the columns are parted by tabs.
pack("numbers.tsv.gz", [(n, num2words(n), num2words(n, lang="fr")) for n in drawn], "\t")
