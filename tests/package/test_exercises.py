"""What the checks of the exercises share: messages that say what, where and how different."""

import numpy as np
import pytest

from backprop.exercises import CHECKS, CheckFailed, check
from backprop.exercises.checking import ask, compare, exercise, expect


@pytest.fixture
def label():
    """An exercise of our own: twice(x) is 2x."""

    @exercise("ex-twice", "twice")
    def check_twice(twice):
        for x in (3.0, np.array([1.0, -2.0])):
            expect(twice, (x,), 2 * x)

    yield "ex-twice"
    del CHECKS["ex-twice"]


def test_right_is_a_sentence_and_the_same_again(label):
    namespace = {"twice": lambda x: x + x}
    for _ in range(2):
        assert check(label, namespace) == (
            "ex-twice: right. `twice` passed every test of this exercise."
        )


def test_wrong_says_where_what_and_what_instead(label):
    def twice(x):
        return x * x

    with pytest.raises(CheckFailed, match=r"^twice\(3\): expected 6, given 9$"):
        check(label, {"twice": twice})

    def wrong_for_arrays(x):
        return 2 * abs(x)

    message = r"^wrong_for_arrays\(array\(\[ 1., -2.\]\)\): expected -4 at index \(1,\), given 4$"
    with pytest.raises(CheckFailed, match=message):
        check(label, {"twice": wrong_for_arrays})


def test_a_missing_name_and_an_unknown_label(label):
    with pytest.raises(CheckFailed, match=r"^ex-twice: define `twice` first$"):
        check(label, {})
    with pytest.raises(ValueError, match=r"ex-2-2.*got 'ex-0'"):
        check("ex-0", {})


def test_an_error_of_the_answer_is_told_and_kept(label):
    def twice(x):
        return 2 * undefined  # noqa: F821

    with pytest.raises(
        CheckFailed, match=r"^twice\(3\) raised NameError: name 'undefined'"
    ) as error:
        check(label, {"twice": twice})
    assert isinstance(error.value.__cause__, NameError)
    with pytest.raises(CheckFailed, match="expected a function or a class, given 2"):
        check(label, {"twice": 2})


def test_an_error_where_the_check_uses_the_answer_is_told(label):
    CHECKS[label] = ("twice",), lambda twice: twice.data
    with pytest.raises(CheckFailed, match=r"^ex-twice: AttributeError: 'float' object"):
        check(label, {"twice": 1.0})


@pytest.mark.parametrize("given", [np.array([1.0, 2.0]), [1.0, 2.0]])
def test_an_answer_must_leave_its_input(given):
    def double(x):
        for i in range(2):
            x[i] *= 2
        return x

    with pytest.raises(CheckFailed, match="changed what it was given"):
        ask(double, given)
    assert list(given) == [1.0, 2.0]


@pytest.mark.parametrize(
    ("value", "expected", "message"),
    [
        (1.0, np.ones(2), r"expected an array of shape \(2,\), given one number, 1"),
        (np.ones((2, 1)), np.ones(2), r"expected an array of shape \(2,\).*\(2, 1\)"),
        ("no", 1.0, "expected 1, given 'no'"),
        (None, 1.0, "expected 1, given None|nan"),
        (np.nan, 1.0, "expected 1, given nan"),
        (np.array([1.0, np.nan, 9.0]), np.ones(3), r"at index \(1,\), given nan"),
        (1.0, (1.0, 2.0), r"expected 2 results \(a, b\), given 1"),
        ((1.0, 3.0), (1.0, 2.0), "f, b: expected 2, given 3"),
        ({"a": 1.0}, {"b": 1.0}, r"expected a dictionary of \['b'\]"),
        ({"a": 2.0}, {"a": 1.0}, "f, 'a': expected 1, given 2"),
    ],
)
def test_compare_names_the_difference(value, expected, message):
    with pytest.raises(CheckFailed, match=message):
        compare(value, expected, "f", ("a", "b"))


def test_compare_takes_what_is_equal_to_rounding():
    compare([1.0, 2.0], (1.0, 2.0), "f")
    compare(np.float32(0.1), 0.1, "f")
    compare({"a": [1, 2]}, {"a": np.array([1.0, 2.0])}, "f")
    compare(1.0 + 1e-8, 1.0, "f")
    with pytest.raises(CheckFailed):
        compare(1.0 + 1e-6, 1.0, "f")
    compare(1.0 + 1e-6, 1.0, "f", rtol=1e-5)


def test_every_exercise_says_which_names_it_asks_for():
    assert len(CHECKS) > 25
    for names, function in CHECKS.values():
        assert names and all(name.isidentifier() for name in names) and callable(function)
