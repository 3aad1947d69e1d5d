"""Small data that come with the package, and the article's random numbers.

Rows are samples. Nothing is downloaded. Each file in `data/` has its source and its license beside
it, in a `.txt` of the same name; a file that is missing or changed raises an error when it is
loaded. What each function returns belongs to the caller.
"""

from .article import article_data
from .daily import STOCKS, WEATHER_FEATURES, Days, load_stocks, load_weather
from .dataset import Dataset, one_hot, standardize, to_categorical
from .detection import Scenes, scenes
from .digits import load_digits, load_digits_by_writer
from .languages import LANGUAGES, Texts, load_languages
from .number_words import NumberWords, load_number_words
from .wine import WINE_FEATURES, load_wine

__all__ = [
    "LANGUAGES",
    "STOCKS",
    "WEATHER_FEATURES",
    "WINE_FEATURES",
    "Dataset",
    "Days",
    "NumberWords",
    "Scenes",
    "Texts",
    "article_data",
    "load_digits",
    "load_digits_by_writer",
    "load_languages",
    "load_number_words",
    "load_stocks",
    "load_weather",
    "load_wine",
    "one_hot",
    "scenes",
    "standardize",
    "to_categorical",
]
