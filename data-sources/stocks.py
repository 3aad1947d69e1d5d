"""Make stocks.csv.gz from bokeh_sampledata's wheel: see README.md."""

import csv
import gzip
import sys
import zipfile

from pack import pack

TICKERS = "AAPL", "IBM", "MSFT"

packed = zipfile.ZipFile(sys.argv[1]).read("bokeh_sampledata/_data/stocks.csv.gz")
closes: dict[str, dict[str, str]] = {ticker: {} for ticker in TICKERS}
for row in csv.DictReader(gzip.decompress(packed).decode().splitlines()):
    if row["Ticker"] in closes:
        closes[row["Ticker"]][row["Date"]] = row["Adj Close"]

dates = sorted(closes["AAPL"])
if any(sorted(days) != dates for days in closes.values()):
    raise SystemExit("the three stocks were not traded on the same days")
rows = [(date, *(closes[ticker][date] for ticker in TICKERS)) for date in dates]
pack("stocks.csv.gz", [("date", *TICKERS), *rows])
