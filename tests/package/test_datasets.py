"""The data that the package ships, and the helpers that cut and scale them."""

import gzip
import hashlib
import re
from importlib.resources import files

import numpy as np
import pytest

from backprop import datasets
from backprop.datasets import LANGUAGES, STOCKS, WEATHER_FEATURES, Dataset, data_files
from backprop.datasets.detection import INK, NOISE


def test_digits_are_scaled_and_complete():
    x, y = datasets.load_digits()
    assert x.shape == (1797, 64) and x.dtype == np.float64
    assert y.shape == (1797,) and y.dtype.kind == "i"
    assert x.min() == 0.0 and x.max() == 1.0
    assert np.array_equal(x * 16, np.rint(x * 16))
    # UCI's description of the test part gives these numbers of samples for the digits 0 to 9.
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_loading_gives_a_fresh_copy():
    first = datasets.load_digits()
    first.x[:] = -1
    assert datasets.load_digits().x.min() == 0.0


def test_wine_has_named_features_and_one_target():
    x, y = datasets.load_wine()
    assert x.shape == (178, len(datasets.WINE_FEATURES)) == (178, 12)
    assert y.shape == (178, 1)
    assert y.min() >= 11 and y.max() <= 15  # percent of alcohol
    assert x[0, datasets.WINE_FEATURES.index("proline")] == 1065.0


LICENSES = {
    "declaration.tsv.gz": "(The MIT License)",
    "digits.csv.gz": "CC BY 4.0",
    "languages.tsv.gz": "3-clause BSD license",
    "numbers.tsv.gz": "MIT",
    "stocks.csv.gz": "Public domain",
    "weather.csv.gz": "U.S. Government",
    "wine.csv": "CC BY 4.0",
}


def test_every_data_file_has_its_license_and_source_beside_it():
    folder = files("backprop").joinpath("data")
    names = {entry.name for entry in folder.iterdir()}
    assert {n for n in names if not n.endswith(".txt")} == set(LICENSES) == set(data_files.DIGESTS)
    for name, terms in LICENSES.items():
        notice = folder.joinpath(name.split(".")[0] + ".txt").read_text(encoding="utf-8")
        assert notice.startswith(f"{name}: ") and terms in notice and "https://" in notice
        for heading in ("Source", "License", "Changes", "What was checked, and what was not"):
            assert f"\n\n{heading}\n" in notice


@pytest.mark.parametrize("name", data_files.DIGESTS)
def test_data_files_are_small_and_as_they_were_packed(name):
    content = files("backprop").joinpath("data", name).read_bytes()
    assert hashlib.sha256(content).hexdigest() == data_files.DIGESTS[name]
    assert len(content) < 120_000
    if name.endswith(".gz"):
        assert content[3] == 0 and content[4:8] == bytes(4)  # gzip header: no file name, time 0
        assert gzip.decompress(content).endswith(b"\n")


LOADERS = [
    ("digits.csv.gz", datasets.load_digits),
    ("digits.csv.gz", datasets.load_digits_by_writer),
    ("wine.csv", datasets.load_wine),
    ("stocks.csv.gz", datasets.load_stocks),
    ("weather.csv.gz", datasets.load_weather),
    ("languages.tsv.gz", datasets.load_languages),
    ("declaration.tsv.gz", datasets.load_languages),
    ("numbers.tsv.gz", datasets.load_number_words),
]


@pytest.mark.parametrize(("name", "load"), LOADERS)
def test_a_damaged_or_missing_file_is_said_to_be(name, load, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    for other in data_files.DIGESTS:
        content = files("backprop").joinpath("data", other).read_bytes()
        (tmp_path / "data" / other).write_bytes(content)
    monkeypatch.setattr(data_files, "files", lambda package: tmp_path)
    load()  # the copy is whole

    path = tmp_path / "data" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"^{name}: expected the SHA-256 digest .* damaged"):
        load()
    path.unlink()
    with pytest.raises(
        FileNotFoundError, match=rf"^{name}: expected this data file at .* got none"
    ):
        load()


def test_digits_by_writer_part_the_sheets():
    parts = datasets.load_digits_by_writer()
    x, y = datasets.load_digits()
    assert [len(part.y) for part in parts] == [1029, 386, 382]
    assert np.array_equal(np.concatenate([part.x for part in parts]), x)
    assert np.array_equal(np.concatenate([part.y for part in parts]), y)
    # A sheet has the digits 0 to 9 three times and then a hundred digits that begin like this.
    hundred = "0955650989841773"
    texts = ["".join(map(str, part.y)) for part in parts]
    assert all(text.startswith("0123456789" * 3 + hundred) for text in texts)
    assert [text.count(hundred) for text in texts] == [8, 3, 3]
    parts[0].x[:] = -1.0
    assert parts[1].x.min() == 0.0


def test_stocks_are_the_adjusted_closes_of_three_companies():
    days = datasets.load_stocks()
    assert STOCKS == ("AAPL", "IBM", "MSFT")
    assert days.dates.shape == (3270,) and days.dates.dtype == np.dtype("datetime64[D]")
    assert days.values.shape == (3270, 3) and days.values.dtype == np.float64
    assert days.dates[[0, -1]].astype(str).tolist() == ["2000-03-01", "2013-03-01"]
    # As the source's lines of these days say.
    assert days.values[0].tolist() == [4.186662803811, 73.667718762847, 30.225709797294]
    before, after = np.searchsorted(days.dates, np.array(["2005-02-25", "2005-02-28"], "M8[D]"))
    assert after == before + 1  # a weekend, and the day on which a share of AAPL became two
    assert days.values[[before, after], 0].tolist() == [5.7182276557615, 5.7651352430039]
    assert (days.values > 0).all()
    weekday = (days.dates.astype(int) + 3) % 7  # 1970-01-01 was a Thursday; Monday is 0
    assert weekday.max() == 4


def test_weather_is_daily_and_complete_in_both_cities():
    seattle, new_york = datasets.load_weather()
    assert WEATHER_FEATURES == ("precipitation", "temp_max", "temp_min", "wind")
    for days in (seattle, new_york):
        assert days.values.shape == (1461, 4) and days.values.dtype == np.float64
        assert days.dates[[0, -1]].astype(str).tolist() == ["2012-01-01", "2015-12-31"]
        assert (np.diff(days.dates).astype(int) == 1).all()
        assert (days.values[:, 1] >= days.values[:, 2]).all()  # highest and lowest temperature
        assert (days.values[:, [0, 3]] >= 0).all()
    # As the source's lines of the first and the last day say.
    assert seattle.values[[0, 1, -1]].tolist() == [
        [0.0, 12.8, 5.0, 4.7], [10.9, 10.6, 2.8, 4.5], [0.0, 5.6, -2.1, 3.5],
    ]  # fmt: skip
    assert new_york.values[[0, 1]].tolist() == [[1.8, 10.0, 3.3, 5.1], [0.0, 10.0, 0.6, 8.7]]


@pytest.mark.parametrize(
    ("load", "first_days"),
    [
        (datasets.load_stocks, ["2006-01-03", "2008-01-02"]),
        (lambda: datasets.load_weather()[0], ["2014-01-01", "2015-01-01"]),
        (lambda: datasets.load_weather()[1], ["2014-01-01", "2015-01-01"]),
    ],
    ids=["stocks", "seattle", "new_york"],
)
def test_spans_of_days_follow_each_other(load, first_days):
    days = load()
    assert (np.diff(days.dates).astype(int) > 0).all()
    spans = [np.arange(len(days.dates))[span] for span in days[2:]]
    assert np.concatenate(spans).tolist() == list(range(len(days.dates)))
    firsts = days.dates[[spans[1][0], spans[2][0]]]
    assert firsts.astype(str).tolist() == first_days
    assert len(days.values[days.test]) == len(spans[2])


def test_languages_share_no_message_and_no_text_between_parts():
    *parts, declaration = datasets.load_languages()
    assert [len(part.texts) for part in parts] == [5476, 1177, 1155]
    messages = [set(part.messages.tolist()) for part in parts]
    assert [len(numbers) for numbers in messages] == [416, 91, 87]
    assert len(set.union(*messages)) == 594  # none in two parts
    texts = [text.casefold() for part in parts for text in part.texts]
    assert len(set(texts)) == len(texts)  # none twice, so none in two parts or two languages
    assert not set(texts) & {text.casefold() for text in declaration.texts}
    for part in (*parts, declaration):
        assert part.y.shape == part.messages.shape == (len(part.texts),)
        assert set(part.y.tolist()) == set(range(len(LANGUAGES)))
        assert max(map(len, part.texts)) <= 40
        assert min(sum(map(str.isalpha, text)) for text in part.texts) >= 8
        assert all(text == " ".join(text.split()) for text in part.texts)
    # Always saying the most frequent language of the training data: 5.3 % right there.
    assert np.bincount(parts[0].y).max() / len(parts[0].y) == pytest.approx(0.053, abs=0.005)


def test_languages_are_the_ones_that_they_are_labeled():
    training, *_, declaration = datasets.load_languages()
    assert np.bincount(declaration.y).tolist() == [30] * 20
    article_1 = {
        list(LANGUAGES)[y]: text
        for text, y, n in zip(*declaration, strict=True)
        if n == 1
    }  # fmt: skip
    assert article_1["en"] == "All human beings are born free and equal"
    assert article_1["fr"] == "Tous les êtres humains naissent libres"
    assert article_1["da"] == "Alle mennesker er født frie og lige i"
    assert article_1["nb"] == "Alle mennesker er født frie og med samme"
    assert article_1["tr"] == "Bütün insanlar hür, haysiyet ve haklar"
    # Letters that only these of the twenty alphabets have, in most of their texts or in none.
    for letters, codes in (("ğı", {"tr"}), ("ő", {"hu"}), ("ß", {"de"}), ("ø", {"da", "nb"})):
        found = [
            list(LANGUAGES)[y]
            for text, y in zip(training.texts, training.y, strict=True)
            if set(letters) & set(text)
        ]
        assert len(found) > 5 and set(found) == codes


ENGLISH_WORDS = """zero one two three four five six seven eight nine ten eleven twelve thirteen
    fourteen fifteen sixteen seventeen eighteen nineteen
    twenty thirty forty fifty sixty seventy eighty ninety"""
ENGLISH = dict(zip(ENGLISH_WORDS.split(), [*range(20), *range(20, 100, 10)], strict=True))
FRENCH_WORDS = """zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze
    quinze seize vingt trente quarante cinquante soixante 80"""
FRENCH = dict(zip(FRENCH_WORDS.split(), [*range(17), 20, 30, 40, 50, 60, 80], strict=True))


def value(words, numerals, hundred, thousand):
    """Read a number below a million back from its words."""
    thousands = below = 0
    for word in words:
        if word == thousand:
            thousands, below = 1000 * max(below, 1), 0
        elif word == hundred:
            below = 100 * max(below, 1)
        else:
            below += numerals[word]
    return thousands + below


def test_number_words_say_the_number_in_both_languages():
    parts = datasets.load_number_words()
    for part in parts:
        for number, english, french in zip(*part, strict=True):
            words = re.findall(r"[a-z]+", english.replace(" and ", " "))
            assert value(words, ENGLISH, "hundred", "thousand") == number
            words = re.sub("quatre-vingts?", "80", french).replace("cents", "cent")
            words = [word for word in re.split("[ -]", words) if word != "et"]
            assert value(words, FRENCH, "cent", "mille") == number
    written = {n: (e, f) for part in parts for n, e, f in zip(*part, strict=True)}
    assert written[80] == ("eighty", "quatre-vingts")
    assert written[1000] == ("one thousand", "mille")


def test_number_words_are_in_one_part_each():
    *parts, beyond = datasets.load_number_words()
    assert [len(part.numbers) for part in (*parts, beyond)] == [4000, 500, 1000, 500]
    drawn = np.concatenate([part.numbers for part in parts])
    assert len(np.unique(drawn)) == 5500 and drawn.min() >= 0 and drawn.max() < 10_000
    assert len(np.unique(beyond.numbers)) == 500
    assert beyond.numbers.min() >= 10_000 and beyond.numbers.max() < 100_000
    # Whoever knows the training pairs has seen each word of the test.
    for side in (1, 2):
        known = {word for text in parts[0][side] for word in re.split("[ -]", text)}
        assert {word for text in parts[2][side] for word in re.split("[ -]", text)} <= known


def test_scenes_have_the_digits_in_their_boxes():
    digits = datasets.load_digits_by_writer()[2]
    images, boxes, labels = datasets.scenes(digits, 300, seed=5)
    assert images.shape == (300, 40, 40, 1) and images.dtype == np.float64
    assert images.min() == 0.0 and images.max() == 1.0
    counts = [len(box) for box in boxes]
    assert counts == [len(label) for label in labels]
    assert [counts.count(n) for n in range(5)] == [0, *map(counts.count, (1, 2, 3)), 0]
    assert min(counts.count(n) for n in (1, 2, 3)) > 70
    together = np.concatenate(boxes)
    x0, y0, x1, y1 = together.T
    assert together.dtype.kind == "i" and together.min() >= 0 and together.max() == 40
    assert (x1 - x0).max() <= 20 and (y1 - y0).min() >= 7
    assert (y1 - y0).mean() > (x1 - x0).mean() + 1  # a digit is higher than wide
    assert set(np.concatenate(labels)) == set(range(10))

    for n in range(300):  # the darkest pixels of a box reach its four edges, within the noise
        covered = np.zeros((40, 40), int)
        for left, top, right, bottom in boxes[n]:
            covered[top:bottom, left:right] += 1
            ink = images[n, top:bottom, left:right, 0]
            edges = ink[0].max(), ink[-1].max(), ink[:, 0].max(), ink[:, -1].max()
            assert min(edges) > INK - 3.5 * NOISE
        assert covered.max() == 1  # no two digits meet


def test_the_digit_in_a_box_is_the_one_of_its_label():
    # Digit 0 is ink all over; digit 1 has its right half empty, so its box is half as wide.
    x = np.ones((2, 8, 8))
    x[1, :, 4:] = 0.0
    digits = Dataset(x.reshape(2, 64), np.array([0, 1]))
    _, boxes, labels = datasets.scenes(digits, 200, seed=0)
    width, height = (np.concatenate(boxes)[:, 2:] - np.concatenate(boxes)[:, :2]).T
    labels = np.concatenate(labels)
    assert np.array_equal(width[labels == 0], height[labels == 0])
    assert (width[labels == 1] < 0.7 * height[labels == 1]).all()
    assert set(height) == set(range(10, 21))


def test_clutter_is_there_and_behind_the_digits():
    digits = Dataset(np.ones((1, 64)), np.array([0]))  # all ink: a whole digit is a black square
    images, boxes, _ = datasets.scenes(digits, 100, seed=0)
    outside = []
    for image, rows in zip(images[..., 0], boxes, strict=True):
        free = np.ones((40, 40), bool)
        for left, top, right, bottom in rows:
            free[top:bottom, left:right] = False
            assert image[top:bottom, left:right].mean() > 0.9
        outside.append(image[free])
    outside = np.concatenate(outside)
    assert 0.05 < (outside > 0.5).mean() < 0.3  # pieces
    paper = outside[outside < 0.5]
    assert paper.std() > 0.03 and (paper == 0).mean() == pytest.approx(0.5, abs=0.02)  # noise


def test_scenes_repeat_with_their_seed():
    digits = datasets.load_digits_by_writer()[0]
    first = datasets.scenes(digits, 5, seed=1)
    again = datasets.scenes(digits, 5, seed=np.random.default_rng(1))
    other = datasets.scenes(digits, 5, seed=2)
    assert np.array_equal(first.images, again.images)
    assert all(np.array_equal(a, b) for a, b in zip(first.boxes, again.boxes, strict=True))
    assert not np.array_equal(first.images, other.images)
    # A longer draw begins with the shorter one.
    assert np.array_equal(datasets.scenes(digits, 7, seed=1).images[:5], first.images)


def test_split_uses_each_sample_once_and_repeats():
    data = Dataset(np.arange(50.0).reshape(50, 1), np.arange(50))
    parts = data.split(seed=3, validation=0.2, test=0.1)
    assert [len(part.x) for part in parts] == [35, 10, 5]
    together = np.concatenate([part.y for part in parts])
    assert sorted(together) == list(range(50))
    assert together.tolist() != list(range(50))
    for part in parts:
        assert np.array_equal(part.x[:, 0], part.y)
    again = data.split(seed=3, validation=0.2, test=0.1)
    assert all(np.array_equal(a.y, b.y) for a, b in zip(parts, again, strict=True))
    other = data.split(seed=4, validation=0.2, test=0.1)
    assert not np.array_equal(parts[0].y, other[0].y)


def test_split_can_leave_a_part_out():
    data = Dataset(np.zeros((10, 1)), np.arange(10))
    training, validation, test = data.split(seed=0, validation=0.3, test=0)
    assert [len(p.y) for p in (training, validation, test)] == [7, 3, 0]


def test_standardize_uses_the_training_data_only():
    rng = np.random.default_rng(0)
    data = Dataset(rng.normal(5.0, 3.0, (80, 4)), rng.normal(size=(80, 1)))
    training, validation, test = data.split(seed=0)
    scaled = datasets.standardize(training, validation, test)
    assert np.allclose(scaled[0].x.mean(axis=0), 0, atol=1e-14)
    assert np.allclose(scaled[0].x.std(axis=0), 1)
    expected = (test.x - training.x.mean(axis=0)) / training.x.std(axis=0)
    assert np.allclose(scaled[2].x, expected)
    assert not np.allclose(scaled[2].x.mean(axis=0), 0, atol=1e-3)
    assert np.array_equal(scaled[1].y, validation.y)
    assert data.x.mean() > 4  # the input is as it was


def test_standardize_only_shifts_a_constant_feature():
    data = Dataset(np.array([[2.0, 1.0], [2.0, 3.0]]), np.zeros(2))
    (scaled,) = datasets.standardize(data)
    assert scaled.x.tolist() == [[0.0, -1.0], [0.0, 1.0]]


def test_article_data_are_uniform_noise():
    x, y = datasets.article_data(seed=7)
    assert x.shape == (100, 8) and y.shape == (100, 1)
    assert min(x.min(), y.min()) >= 0 and max(x.max(), y.max()) < 1
    assert np.array_equal(x, datasets.article_data(7).x)
    assert not np.array_equal(x, datasets.article_data(8).x)
    # Over many draws: mean 1/2, and 1/12 as the mean squared error of always predicting it.
    rng = np.random.default_rng(0)
    targets = np.concatenate([datasets.article_data(rng).y for _ in range(200)])
    standard_error = np.sqrt(1 / 12 / targets.size)
    assert abs(targets.mean() - 0.5) < 4 * standard_error
    assert abs(np.mean((targets - 0.5) ** 2) - 1 / 12) < 4 * np.sqrt(1 / 180 / targets.size)


def test_one_hot():
    expected = [[1, 0, 0], [0, 0, 1]]
    assert datasets.one_hot([0, 2], 3).tolist() == expected
    assert datasets.one_hot(np.array([0, 2], dtype=np.uint8)).tolist() == expected
    assert datasets.one_hot([0, 2]).dtype == np.float64
    assert datasets.one_hot([[0.0], [2.0]]).tolist() == expected
    assert datasets.to_categorical is datasets.one_hot
