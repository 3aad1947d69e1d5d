"""Wrong calls of the layers for sequences: each raises a clear error, as in `test_bad_input`."""

import numpy as np
import pytest
from test_bad_input import INF, NAN, assert_refused, cases, strings, with_

from backprop import (
    GRU,
    Dense,
    DotProductAttention,
    Embedding,
    LayerNorm,
    Sequential,
    SimpleRNN,
)
from backprop.gradient_check import check_gradients

X = np.random.default_rng(0).normal(size=(2, 3, 4))
H0 = np.zeros((2, 5))
TOKENS = np.array([[0, 1, 2], [3, 2, 1]])


def gru(**options):
    return GRU(5, **options).build((3, 4), seed=0)


def embedding():
    return Embedding(4, 2).build((3,), seed=0)


def network():
    model = Sequential([Embedding(4, 2), GRU(5), Dense(1)], seed=0)
    model.compile("sgd", "mse")
    return model


LAYERS = cases(
    no_units=(lambda: GRU(0), ValueError, "GRU: units: expected at least 1, got 0"),
    units_a_float=(lambda: SimpleRNN(2.5), TypeError, "SimpleRNN: units", "whole number, got 2.5"),
    return_sequences_a_word=(
        lambda: GRU(5, return_sequences="yes"), TypeError,
        "GRU: return_sequences: expected True or False, got 'yes'",
    ),
    masking_a_number=(
        lambda: SimpleRNN(5, masking=0), TypeError, "masking: expected True or False, got 0",
    ),
    truncate_zero=(lambda: GRU(5, truncate=0), ValueError, "truncate: expected at least 1, got 0"),
    truncate_half_a_step=(lambda: GRU(5, truncate=1.5), TypeError, "whole number, got 1.5"),
    initializer_misspelled=(
        lambda: GRU(5, recurrent_initializer="orthonormal"), ValueError,
        "unknown initializer 'orthonormal'; known:", "orthogonal",
    ),
    one_axis=(
        lambda: GRU(5).build((4,)), ValueError, "samples of shape (steps, features), got (4,)",
    ),
    three_axes=(
        lambda: SimpleRNN(5).build((3, 4, 1)), ValueError, "(steps, features), got (3, 4, 1)",
    ),
    a_last_state_for_a_sequence=(
        lambda: Sequential([GRU(5), GRU(5)]).build((3, 4)), ValueError,
        "layer 2: gru: expected samples of shape (steps, features), got (5,)",
    ),
    another_number_of_steps=(
        lambda: gru().forward(X[:, :2]), ValueError, "x of shape (N, 3, 4)", "got (2, 2, 4)",
    ),
    backward_of_all_states_for_the_last=(
        lambda: [layer := gru(), layer.forward(X), layer.backward(np.ones((2, 3, 5)))],
        ValueError, "dy of the output's shape (2, 5), got (2, 3, 5)",
    ),
    another_return_sequences_when_built=(
        lambda: setattr(gru(), "return_sequences", True), AttributeError,
        "gru: return_sequences is fixed",
    ),
    another_truncate_when_built=(
        lambda: setattr(gru(), "truncate", 2), AttributeError, "gru: truncate is fixed",
    ),
    state_of_another_batch=(
        lambda: gru().forward_from(H0[:1], X), ValueError,
        "gru: h0: expected shape (2, 5), got (1, 5)",
    ),
    state_of_nan=(
        lambda: gru().forward_from(with_(H0, (1, 2), NAN), X), ValueError,
        "gru: h0: expected finite numbers, got nan at index (1, 2)",
    ),
    state_of_words=(
        lambda: gru().forward_from(strings((2, 5)), X), TypeError, "h0: expected real numbers",
    ),
    state_before_build=(
        lambda: GRU(5).forward_from(H0, X), RuntimeError, "gru: not built yet",
    ),
    dh0_before_backward=(
        lambda: gru().dh0, RuntimeError, "gru: dh0 needs a backward before it",
    ),
    step_before_build=(lambda: GRU(5).step(X[:, 0], H0), RuntimeError, "gru: not built yet"),
    step_of_other_features=(
        lambda: gru().step(X[:, 0, :3], H0), ValueError, "x: expected shape (2, 4), got (2, 3)",
    ),
    step_of_another_batch=(
        lambda: gru().step(X[:1, 0], H0), ValueError, "x: expected shape (2, 4), got (1, 4)",
    ),
    step_from_another_state=(
        lambda: gru().step(X[:, 0], H0[:, 1:]), ValueError, "h: expected shape (2, 5)",
    ),
    step_from_none=(lambda: gru().step(X[:, 0], None), TypeError, "gru: h: expected real numbers"),
    no_tokens=(lambda: Embedding(0, 2), ValueError, "Embedding: input_dim: expected at least 1"),
    no_outputs=(lambda: Embedding(4, 0), ValueError, "Embedding: output_dim", "got 0"),
    mask_zero_a_word=(
        lambda: Embedding(4, 2, mask_zero="no"), TypeError, "mask_zero: expected True or False",
    ),
    token_too_large=(
        lambda: embedding().forward(with_(TOKENS, (1, 2), 4)), ValueError,
        "embedding: expected tokens, whole numbers from 0 to 3, got 4 at index (1, 2)",
    ),
    token_negative=(
        lambda: embedding().forward(with_(TOKENS, (0, 1), -1)), ValueError,
        "from 0 to 3, got -1 at index (0, 1)",
    ),
    token_a_fraction=(
        lambda: embedding().forward(with_(1.0 * TOKENS, (0, 2), 1.5)), ValueError,
        "got 1.5 at index (0, 2)",
    ),
    token_nan=(
        lambda: embedding().forward(with_(1.0 * TOKENS, (0, 0), NAN)), ValueError,
        "got nan at index (0, 0)",
    ),
    token_infinite=(
        lambda: embedding().forward(with_(1.0 * TOKENS, (0, 0), INF)), ValueError,
        "got inf at index (0, 0)",
    ),
    tokens_in_a_network=(
        lambda: network().forward(with_(TOKENS, (1, 2), 4)), ValueError,
        "embedding: expected tokens", "got 4 at index (1, 2)",
    ),
    tokens_in_a_gradient_check=(
        lambda: check_gradients(embedding(), with_(TOKENS, (1, 2), 4)), ValueError,
        "got 4 at index (1, 2)",
    ),
    layernorm_epsilon_zero=(
        lambda: LayerNorm(epsilon=0), ValueError,
        "LayerNorm: epsilon: expected a finite number above 0, got 0",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "parts"), LAYERS)
def test_layers(call, error, parts):
    assert_refused(call, error, parts)


Q, V = np.ones((2, 3, 4)), np.ones((2, 5, 4))
SEEN = np.ones((2, 3, 5), bool)


def attend(*arrays, **options):
    return DotProductAttention().forward(*arrays, **options)


def attend_back(dy):
    attention = DotProductAttention()
    attention.forward(Q, V)
    return attention.backward(dy)


ATTENTION = cases(
    query_without_samples=(
        lambda: attend(Q[0], V), ValueError,
        "attention: query: expected shape (N, T, features)", "got (3, 4)",
    ),
    no_query=(lambda: attend(Q[:, :0], V), ValueError, "at least one of each, got (2, 0, 4)"),
    another_batch=(
        lambda: attend(Q[:1], V), ValueError, "(N, T_q, d)", "got (1, 3, 4), (2, 5, 4)",
    ),
    another_width=(lambda: attend(Q, V[..., 1:]), ValueError, "key (N, T_v, d), got", "(2, 5, 3)"),
    fewer_keys_than_values=(
        lambda: attend(Q, V, V[:, 1:]), ValueError, "key (N, T_v, d), got", "(2, 4, 4)",
    ),
    two_dtypes=(
        lambda: attend(Q, V.astype("float32")), ValueError,
        "arrays of one dtype, got float64, float32 and float32",
    ),
    whole_numbers=(
        lambda: attend(Q.astype(int), V), TypeError, "query: expected float32 or float64, got int",
    ),
    value_missing=(lambda: attend(Q, None), TypeError, "value: expected float32 or float64"),
    mask_of_numbers=(
        lambda: attend(Q, V, mask=1 * SEEN), TypeError,
        "mask: expected True and False, got dtype int64",
    ),
    mask_of_other_values=(
        lambda: attend(Q, V, mask=SEEN[..., 1:]), ValueError,
        "stretches to (N, T_q, T_v) = (2, 3, 5), got (2, 3, 4)",
    ),
    mask_of_samples_without_its_axis=(
        lambda: attend(Q, V, mask=SEEN[:, 0]), ValueError, "(2, 3, 5), got (2, 5)",
    ),
    mask_of_one_axis=(lambda: attend(Q, V, mask=SEEN[0, 0]), ValueError, "got (5,)"),
    mask_that_hides_everything=(
        lambda: attend(Q, V, mask=~SEEN), ValueError,
        "at least one value that each query may read", "hidden from query 0 of sample 0",
    ),
    mask_that_hides_all_from_one=(
        lambda: attend(Q, V, mask=with_(SEEN, (1, 2), False)), ValueError,
        "all are hidden from query 2 of sample 1",
    ),
    backward_before_forward=(
        lambda: DotProductAttention().backward(Q), RuntimeError,
        "attention: backward needs a forward before it",
    ),
    weights_before_forward=(
        lambda: DotProductAttention().A, RuntimeError, "attention: A needs a forward before it",
    ),
    backward_of_words=(
        lambda: attend_back(strings((2, 3, 4))), TypeError, "dy: expected real numbers, got dtype",
    ),
    backward_of_another_shape=(
        lambda: attend_back(Q[:, 1:]), ValueError, "output's shape (2, 3, 4), got (2, 2, 4)",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("call", "error", "parts"), ATTENTION)
def test_attention(call, error, parts):
    assert_refused(call, error, parts)


@pytest.mark.parametrize("use", ["fit", "train_on_batch", "evaluate", "predict", "validation"])
def test_a_wrong_token_in_the_last_batch_is_refused_before_the_first_step(use):
    tokens, y = np.tile(TOKENS, (20, 1)), np.zeros((40, 1))
    wrong = tokens.copy()
    wrong[-1, 1] = 7
    model = network()
    model.fit(tokens, y, verbose=0)
    before = model.parameters.copy()
    calls = {
        "fit": lambda: model.fit(wrong, y, batch_size=4, verbose=0),
        "validation": lambda: model.fit(tokens, y, verbose=0, validation_data=(wrong, y)),
        "train_on_batch": lambda: model.train_on_batch(wrong, y),
        "evaluate": lambda: model.evaluate(wrong, y),
        "predict": lambda: model.predict(wrong),
    }
    with pytest.raises(ValueError, match=r"whole numbers from 0 to 3, got 7 at index \(39, 1\)"):
        calls[use]()
    np.testing.assert_array_equal(model.parameters, before)
