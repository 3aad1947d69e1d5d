"""Make weather.csv.gz from vega-datasets' package: see README.md."""

import csv
import io
import sys
import tarfile

from pack import pack

COLUMNS = "location", "date", "precipitation", "temp_max", "temp_min", "wind"

with tarfile.open(sys.argv[1]) as package:
    text = package.extractfile("package/data/weather.csv").read().decode()
rows = [tuple(row[column] for column in COLUMNS) for row in csv.DictReader(io.StringIO(text))]
pack("weather.csv.gz", [COLUMNS, *rows])
