"""Sequences: cells by the formula, masks, truncation, given states; an embedding's sums."""

import numpy as np
import pytest

from backprop import GRU, Adam, Dense, Embedding, LayerNorm, Sequential, SimpleRNN
from backprop.gradient_check import check_gradients
from backprop.layer import forward_through, passes

N, T, D, H = 3, 5, 2, 4

each_cell = pytest.mark.parametrize("cell", [SimpleRNN, GRU])
each_seed = pytest.mark.parametrize("seed", [0, 1, 2])


def make(cell, seed=0, steps=T, **options):
    """Return a built layer with no parameter at zero, and an input."""
    layer = cell(H, **options).build((steps, D), seed=seed)
    rng = np.random.default_rng(seed)
    layer.parameters[:] = rng.normal(size=layer.parameters.shape)
    return layer, rng.normal(size=(N, steps, D))


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def states(layer, x, h):
    """Return h₁, ..., h_T by the formulas, one number after the other; shape (N, T, H)."""
    result = []
    for t in range(x.shape[1]):
        if isinstance(layer, SimpleRNN):
            h = np.tanh(x[:, t] @ layer.W + layer.b + h @ layer.U)
        else:
            g, a = x[:, t] @ layer.W + layer.b[0], h @ layer.U + layer.b[1]
            (gz, gr, gc), (az, ar, ac) = np.split(g, 3, axis=1), np.split(a, 3, axis=1)
            z, r = sigmoid(gz + az), sigmoid(gr + ar)
            h = z * h + (1.0 - z) * np.tanh(gc + r * ac)
        result.append(h)
    return np.stack(result, axis=1)


@each_cell
def test_states_are_those_of_the_formula(cell):
    layer, x = make(cell, return_sequences=True)
    expected = states(layer, x, np.zeros((N, H)))
    np.testing.assert_allclose(layer.forward(x), expected, rtol=1e-12)
    last, _ = make(cell)
    np.testing.assert_array_equal(last.forward(x), layer.forward(x)[:, -1])


def test_a_simple_rnn_by_hand():
    layer = SimpleRNN(1).build((2, 1))
    layer.W, layer.U, layer.b = [[0.5]], [[2.0]], [0.1]
    x = np.array([[[1.0], [-1.0]]])
    h1 = np.tanh(0.6)
    h2 = np.tanh(-0.4 + 2.0 * h1)
    np.testing.assert_allclose(layer.forward(x), [[h2]], rtol=1e-15)
    d2 = 3.0 * (1.0 - h2**2)
    d1 = 2.0 * d2 * (1.0 - h1**2)
    dx = layer.backward([[3.0]])
    np.testing.assert_allclose(dx, [[[0.5 * d1], [0.5 * d2]]], rtol=1e-14)
    np.testing.assert_allclose(layer.dW, [[d1 - d2]], rtol=1e-14)
    np.testing.assert_allclose(layer.dU, [[h1 * d2]], rtol=1e-14)
    np.testing.assert_allclose(layer.db, [d1 + d2], rtol=1e-14)


def test_the_parameters_are_keras_s():
    x = (T, D)
    assert SimpleRNN(H).build(x).parameter_shapes() == {"W": (D, H), "U": (H, H), "b": (H,)}
    layer = GRU(H).build(x, seed=0)
    assert layer.parameter_shapes() == {"W": (D, 3 * H), "U": (H, 3 * H), "b": (2, 3 * H)}
    np.testing.assert_allclose(layer.U @ layer.U.T, np.eye(H), atol=1e-12)
    assert np.abs(layer.W).max() <= np.sqrt(6 / (D + 3 * H))
    assert not layer.b.any()


def test_a_gru_whose_gate_is_shut_keeps_its_state():
    layer, x = make(GRU, return_sequences=True)
    layer.b[0, :H] = 800.0  # z = 1
    h0 = np.random.default_rng(1).normal(size=(N, H))
    y = layer.forward_from(h0, x)
    np.testing.assert_allclose(y, np.repeat(h0[:, None], T, axis=1), rtol=1e-14)
    layer.backward(np.ones_like(y))
    np.testing.assert_allclose(layer.dh0, np.full((N, H), T), rtol=1e-14)


# -- masks -----------------------------------------------------------------------------------------


def some_masked(x):
    """Return a copy with masked steps: the last one, two in the middle, and the first three."""
    x = x.copy()
    x[0, -1] = x[1, 1:3] = x[2, :3] = 0.0
    return x


@each_cell
@each_seed
@pytest.mark.parametrize("return_sequences", [True, False])
def test_gradients_with_masks_by_differences(cell, seed, return_sequences):
    layer, x = make(cell, seed, masking=True, return_sequences=return_sequences)
    report = check_gradients(layer, some_masked(x), seed=seed).raise_if_failed()
    # By an input of zeros there is no derivative: the least other number is no masked step.
    assert {row.name: row.kinks for row in report.rows}["dx"] == 6 * D


@each_cell
@each_seed
def test_a_mask_gives_what_the_sequence_without_its_masked_steps_gives(cell, seed):
    layer, x = make(cell, seed, masking=True, return_sequences=True)
    short, _ = make(cell, seed, steps=T - 2, return_sequences=True)
    x[:, 1:3] = 0.0
    shown = [0, 3, 4]
    y = layer.forward(x)
    np.testing.assert_array_equal(y[:, shown], short.forward(x[:, shown]))
    np.testing.assert_array_equal(y[:, 1:3], 0.0)
    v = np.random.default_rng(seed).normal(size=y.shape)
    dx = layer.backward(v)
    np.testing.assert_array_equal(dx[:, shown], short.backward(v[:, shown]))
    np.testing.assert_array_equal(dx[:, 1:3], 0.0)
    np.testing.assert_allclose(layer.gradients, short.gradients, rtol=1e-12, atol=1e-13)


def test_a_step_with_one_zero_is_shown():
    layer, x = make(GRU, masking=True, return_sequences=True)
    x[:, 1, 0] = 0.0
    np.testing.assert_allclose(layer.forward(x), states(layer, x, np.zeros((N, H))), rtol=1e-12)


@each_cell
def test_without_masking_a_step_of_zeros_is_a_step(cell):
    layer, x = make(cell, return_sequences=True)
    x[:, 1] = 0.0
    np.testing.assert_allclose(layer.forward(x), states(layer, x, np.zeros((N, H))), rtol=1e-12)


@each_cell
@pytest.mark.parametrize("return_sequences", [True, False])
def test_a_mask_that_hides_every_step_leaves_the_initial_state(cell, return_sequences):
    layer, x = make(cell, masking=True, return_sequences=return_sequences)
    h0 = np.random.default_rng(1).normal(size=(N, H))
    y = layer.forward_from(h0, 0.0 * x)
    np.testing.assert_array_equal(y, 0.0 if return_sequences else h0)
    dy = np.ones_like(y)
    np.testing.assert_array_equal(layer.backward(dy), 0.0)
    np.testing.assert_array_equal(layer.gradients, 0.0)
    np.testing.assert_array_equal(layer.dh0, 0.0 if return_sequences else 1.0)


@each_seed
def test_a_mask_goes_from_layer_to_layer(seed):
    rng = np.random.default_rng(seed)
    layers = [
        Embedding(6, 3, mask_zero=True),
        GRU(4, masking=True, return_sequences=True),
        SimpleRNN(3, masking=True),
    ]
    network = Sequential(layers)
    network.build((5,))
    network.parameters[:] = rng.normal(size=network.parameters.shape)
    tokens = rng.integers(1, 6, (4, 5))
    tokens[0, 3:] = tokens[1, 0] = 0
    report = check_gradients(network, tokens).raise_if_failed()
    assert report.rows[0].name == "embedding0.dE"  # no dx
    y = network.forward(tokens)
    moved = tokens[:1, [3, 0, 4, 1, 2]]
    np.testing.assert_allclose(network.forward(moved), y[:1], rtol=1e-13)
    network.backward(np.ones((1, 3)))
    np.testing.assert_array_equal(layers[0].dE[0], 0.0)


# -- a given state, and one step -------------------------------------------------------------------


@each_cell
@each_seed
@pytest.mark.parametrize("return_sequences", [True, False])
def test_the_gradient_by_the_initial_state(cell, seed, return_sequences):
    layer, x = make(cell, seed, return_sequences=return_sequences)
    h0 = np.random.default_rng(seed + 10).normal(size=(N, H))

    class FromState:
        """The layer as a function of h₀."""

        def forward(self, h0):
            return layer.forward_from(h0, x)

        def backward(self, dy):
            layer.backward(dy, need_dx=False)
            return layer.dh0

    check_gradients(FromState(), h0, seed=seed).raise_if_failed()


@each_cell
def test_two_halves_are_the_whole(cell):
    """The second half begins with the first's last state, and hands its gradient back."""
    whole, x = make(cell, steps=6)
    (first, _), (second, _) = make(cell, steps=2), make(cell, steps=4)
    y = second.forward_from(first.forward(x[:, :2]), x[:, 2:])
    np.testing.assert_allclose(y, whole.forward(x), rtol=1e-13)
    dy = np.random.default_rng(1).normal(size=y.shape)
    dx_second = second.backward(dy)
    dx_first = first.backward(second.dh0)
    expected = whole.backward(dy)
    np.testing.assert_allclose(np.concatenate([dx_first, dx_second], axis=1), expected, rtol=1e-11)
    np.testing.assert_allclose(first.gradients + second.gradients, whole.gradients, rtol=1e-11)


@each_cell
def test_steps_are_forward_one_after_the_other(cell):
    layer, x = make(cell, return_sequences=True)
    h = np.zeros((N, H))
    for t, expected in enumerate(layer.forward(x).transpose(1, 0, 2)):
        before = h.copy(), x.copy()
        h_next = layer.step(x[:, t], h)
        np.testing.assert_array_equal(h, before[0])
        np.testing.assert_array_equal(x, before[1])
        np.testing.assert_allclose(h_next, expected, rtol=1e-14)
        h = h_next


@each_cell
def test_dx_can_be_left_out(cell):
    layer, x = make(cell)
    dy = np.ones_like(layer.forward(x))
    layer.backward(dy)
    gradients = layer.gradients.copy()
    layer.gradients[:] = 0.0
    assert layer.backward(dy, need_dx=False) is None
    np.testing.assert_array_equal(layer.gradients, gradients)


@each_cell
def test_forward_begins_at_zero_again(cell):
    layer, x = make(cell)
    y = layer.forward(x)
    assert not np.allclose(layer.forward_from(np.ones((N, H)), x), y)
    np.testing.assert_array_equal(layer.forward(x), y)


@each_cell
def test_dh0_is_the_caller_s_and_belongs_to_the_last_forward(cell):
    layer, x = make(cell)
    layer.forward(x)
    with pytest.raises(RuntimeError, match="dh0 needs a backward before it"):
        _ = layer.dh0
    layer.backward(np.ones((N, H)))
    kept = layer.dh0
    before = kept.copy()
    layer.backward(np.full((N, H), 2.0))
    np.testing.assert_array_equal(kept, before)
    forward_through(passes([layer]), x, True)  # as a network's training does
    with pytest.raises(RuntimeError, match="dh0 needs a backward before it"):
        _ = layer.dh0


# -- truncation ------------------------------------------------------------------------------------


def truncated_by_definition(layer, cell, x, dy, k):
    """Return dx and the gradients, piece by piece: each piece begins at a constant state.

    The pieces end at T, T − k, T − 2k, ...; a layer of its own runs each of them.
    """
    steps = x.shape[1]
    hs = np.concatenate([np.zeros((N, 1, H)), states(layer, x, np.zeros((N, H)))], axis=1)
    gradients, dx = np.zeros_like(layer.gradients), np.zeros_like(x)
    for stop in range(steps, 0, -k):
        start = max(stop - k, 0)
        piece = cell(H, return_sequences=True).build((stop - start, D))
        piece.parameters[:] = layer.parameters
        piece.forward_from(hs[:, start], x[:, start:stop])
        dx[:, start:stop] = piece.backward(dy[:, start:stop])
        gradients += piece.gradients
    return dx, gradients, piece.dh0


@each_cell
@pytest.mark.parametrize("k", [1, 2, 3, 4, 6, 7, 9])
def test_truncation_is_that_of_its_definition(cell, k):
    layer, x = make(cell, steps=7, truncate=k, return_sequences=True)
    dy = np.random.default_rng(1).normal(size=(N, 7, H))
    layer.forward(x)
    dx, gradients, dh0 = truncated_by_definition(layer, cell, x, dy, k)
    np.testing.assert_allclose(layer.backward(dy), dx, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(layer.gradients, gradients, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(layer.dh0, dh0, rtol=1e-10, atol=1e-13)
    full, _ = make(cell, steps=7, return_sequences=True)
    full.forward(x)
    same = np.allclose(full.backward(dy), dx, rtol=1e-6)
    assert same == (k >= 7)


@each_cell
def test_truncation_with_one_output_trains_the_last_steps_alone(cell):
    layer, x = make(cell, truncate=2)
    full, _ = make(cell)
    dy = np.random.default_rng(1).normal(size=(N, H))
    np.testing.assert_array_equal(layer.forward(x), full.forward(x))
    dx, exact = layer.backward(dy), full.backward(dy)
    np.testing.assert_array_equal(dx[:, :-2], 0.0)
    np.testing.assert_array_equal(dx[:, -2:], exact[:, -2:])
    np.testing.assert_array_equal(layer.dh0, 0.0)


# -- embedding -------------------------------------------------------------------------------------


def test_an_embedding_by_hand():
    layer = Embedding(4, 2).build((3,))
    layer.E = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]]
    y = layer.forward([[3, 0, 3], [1, 3, 1]])
    np.testing.assert_array_equal(y[0], [[6.0, 7.0], [0.0, 1.0], [6.0, 7.0]])
    dx = layer.backward(np.arange(12.0).reshape(2, 3, 2))
    np.testing.assert_array_equal(layer.dE, [[2, 3], [16, 18], [0, 0], [12, 15]])
    np.testing.assert_array_equal(dx, np.zeros((2, 3)))


def test_an_embedding_s_gradient_is_that_of_one_hot_rows():
    rng = np.random.default_rng(0)
    layer = Embedding(50, 7).build((20,), seed=0)
    tokens = rng.zipf(1.5, (30, 20)) % 50
    dy = rng.normal(size=(30, 20, 7))
    one_hot = np.eye(50)[tokens.ravel()]
    layer.forward(tokens)
    layer.backward(dy)
    np.testing.assert_allclose(layer.dE, one_hot.T @ dy.reshape(-1, 7), rtol=1e-12, atol=1e-13)


def test_token_0_is_zeros_if_it_is_a_mask():
    layer = Embedding(3, 2, mask_zero=True, embeddings_initializer="ones").build((2,))
    np.testing.assert_array_equal(layer.forward([[0, 2]]), [[[0.0, 0.0], [1.0, 1.0]]])
    layer.backward(np.ones((1, 2, 2)))
    np.testing.assert_array_equal(layer.dE, [[0, 0], [0, 0], [1, 1]])


def test_a_network_of_tokens_learns():
    """Is there a 1 before the last step? A state must hold it."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, (200, 6))
    y = (x[:, :-1] == 1).any(axis=1, keepdims=True).astype(float)
    network = Sequential(
        [Embedding(4, 4), LayerNorm(), GRU(8), Dense(1, "sigmoid")],
        seed=0,
    )
    network.compile(Adam(0.01), "binary_crossentropy", metrics=["accuracy"])
    history = network.fit(x, y, epochs=40, verbose=0).history
    assert history["accuracy"][-1] > 0.98


def test_wrong_tokens_in_training_are_named_and_change_no_weight():
    network = Sequential([Embedding(4, 2), SimpleRNN(3), Dense(1)], seed=0)
    network.compile("sgd", "mse")
    x, y = np.ones((5, 3)), np.ones((5, 1))
    network.fit(x, y, verbose=0)
    before = network.parameters.copy()
    x[2, 1] = 4
    calls = [
        lambda: network.fit(x, y, verbose=0, shuffle=False),
        lambda: network.evaluate(x, y),
        lambda: network.predict(x),
        lambda: network.forward(x),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"whole numbers from 0 to 3, got 4 at index \(2, 1\)"):
            call()
        np.testing.assert_array_equal(network.parameters, before)


def test_after_a_wrong_token_backward_needs_another_forward():
    layer = Embedding(4, 2).build((3,), seed=0)
    layer.forward([[1, 2, 3]])
    with pytest.raises(ValueError, match=r"got 1\.5 at index"):
        layer.forward([[1, 1.5, 3]])
    with pytest.raises(RuntimeError, match="backward needs a forward before it"):
        layer.backward(np.ones((1, 3, 2)))
