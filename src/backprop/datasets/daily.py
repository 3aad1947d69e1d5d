"""Numbers of one day after the other: stock prices, and the weather of two cities."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .data_files import read_data

__all__ = ["STOCKS", "WEATHER_FEATURES", "Days", "load_stocks", "load_weather"]

STOCKS = "AAPL", "IBM", "MSFT"
"""What the columns of `load_stocks` are, in order: Apple, IBM and Microsoft."""

WEATHER_FEATURES = "precipitation", "temp_max", "temp_min", "wind"
"""What the columns of `load_weather` are, in order: mm, °C, °C and m/s."""


class Days(NamedTuple):
    """A table with a row for each day, and three spans of days: first learned from, last tested on.

    A forecast belongs to the day that it is for: the inputs of the first days of a span may come
    from the span before it, never from a later one.

    Attributes
    ----------
    dates : datetime64[D] (days,)
        Increasing.
    values : float64 (days, columns)
    training, validation, test : slice
        Into both; `days.values[days.test]` are the values of the test days.
    """

    dates: np.ndarray
    values: np.ndarray
    training: slice
    validation: slice
    test: slice


def load_stocks() -> Days:
    """Load the daily prices of three stocks, from 2000-03-01 to 2013-03-01.

    Returns
    -------
    Days
        values : float64 (3270, 3), the adjusted closing prices in dollars of `STOCKS`.
        training : to the end of 2005; validation : 2006 and 2007; test : from 2008.

    Notes
    -----
    Adjusted: past prices are scaled for later splits and dividends, so that the ratio of two days'
    prices is what an owner gained. (The plain close of AAPL halves on the day of a split.)
    A row is a day of trading; from one to the next it is one to seven days. The test span has the
    crisis of 2008 and calm years: with calm years alone, how well a forecast follows changes of the
    volatility would hardly show.

    Source: Quandl WIKI Prices, public domain, in bokeh_sampledata 2026.1 (PyPI); see
    `data/stocks.txt`.
    """
    header, *lines = read_data("stocks.csv.gz")
    columns = header.split(",")
    rows = [line.split(",") for line in lines]
    dates = np.array([row[0] for row in rows], dtype="datetime64[D]")
    prices = np.array([[float(row[columns.index(stock)]) for stock in STOCKS] for row in rows])
    return _days(dates, prices, "2006-01-01", "2008-01-01")


def load_weather() -> tuple[Days, Days]:
    """Load four years of daily weather, 2012 to 2015.

    Returns
    -------
    seattle, new_york : Days
        values : float64 (1461, 4), `WEATHER_FEATURES`: precipitation in millimeters, the day's
        highest and lowest temperature in degrees Celsius, mean wind speed in meters a second.
        training : 2012 and 2013; validation : 2014; test : 2015.

    Notes
    -----
    Source: U.S. National Oceanic and Atmospheric Administration, a work of the U.S. Government,
    in vega-datasets 3.2.1 (npm); see `data/weather.txt`.
    """
    header, *lines = read_data("weather.csv.gz")
    columns = header.split(",")
    rows = [line.split(",") for line in lines]
    cities = []
    for city in ("Seattle", "New York"):
        here = [row for row in rows if row[0] == city]
        dates = np.array([row[1] for row in here], dtype="datetime64[D]")
        values = [[float(row[columns.index(name)]) for name in WEATHER_FEATURES] for row in here]
        cities.append(_days(dates, np.array(values), "2014-01-01", "2015-01-01"))
    return tuple(cities)


def _days(dates: np.ndarray, values: np.ndarray, validation: str, test: str) -> Days:
    """Part days into three spans, given the first date of the second and of the third."""
    first, second = np.searchsorted(dates, np.array([validation, test], dtype="datetime64[D]"))
    end = len(dates)
    spans = slice(0, int(first)), slice(int(first), int(second)), slice(int(second), end)
    return Days(dates, values, *spans)
