"""Optimizers: each against its published formula, written out here a second time, step by step."""

import copy
import math

import numpy as np
import pytest

from backprop import Dense, Embedding, Flatten, Sequential, optimizers
from backprop.optimizers import SGD, Adam, AdamW, Muon, RMSprop, orthogonalize
from backprop.schedules import CosineDecay, ExponentialDecay, PiecewiseConstantDecay

W0 = np.array([1.0, -2.0, 0.5])


def gradients(steps=7):
    return np.random.default_rng(0).normal(size=(steps, 3))


def run(optimizer, gs=None):
    w = W0.copy()
    for g in gradients() if gs is None else gs:
        optimizer.step(w, g)
    return w


def test_sgd():
    assert run(SGD(0.1)) == pytest.approx(W0 - 0.1 * gradients().sum(axis=0), rel=1e-14)


def test_momentum():
    w, v = W0.copy(), np.zeros(3)
    for g in gradients():
        v = 0.9 * v - 0.1 * g
        w = w + v
    np.testing.assert_allclose(run(SGD(0.1, momentum=0.9)), w, rtol=1e-14)


def test_nesterov():
    w, v = W0.copy(), np.zeros(3)
    for g in gradients():
        v = 0.9 * v - 0.1 * g
        w = w + 0.9 * v - 0.1 * g
    np.testing.assert_allclose(run(SGD(0.1, momentum=0.9, nesterov=True)), w, rtol=1e-14)


def test_rmsprop():
    w, s = W0.copy(), np.zeros(3)
    for g in gradients():
        s = 0.8 * s + 0.2 * g**2
        w = w - 0.1 * g / np.sqrt(s + 1e-7)
    np.testing.assert_allclose(run(RMSprop(0.1, rho=0.8)), w, rtol=1e-13)


def test_adam():
    # The form with m̂ and v̂; ε counts beside √v there, so it is scaled to compare.
    w, m, v = W0.copy(), np.zeros(3), np.zeros(3)
    for t, g in enumerate(gradients(), start=1):
        m = 0.8 * m + 0.2 * g
        v = 0.95 * v + 0.05 * g**2
        m_hat, v_hat = m / (1 - 0.8**t), v / (1 - 0.95**t)
        w = w - 0.1 * m_hat / (np.sqrt(v_hat) + 1e-7 / np.sqrt(1 - 0.95**t))
    np.testing.assert_allclose(run(Adam(0.1, beta_1=0.8, beta_2=0.95)), w, rtol=1e-13)


def test_adamw():
    # The decay of the old w, and the step of Adam, whose gradient knows nothing of the decay.
    w, adam = W0.copy(), Adam(0.1)
    for g in gradients():
        before = w.copy()
        adam.step(w, g)
        w -= 0.1 * 0.3 * before
    np.testing.assert_allclose(run(AdamW(0.1, weight_decay=0.3)), w, rtol=1e-13)
    np.testing.assert_array_equal(run(AdamW(0.1, weight_decay=0.0)), run(Adam(0.1)))


def test_adamw_decays_without_a_gradient():
    w = run(AdamW(0.1, weight_decay=0.5), gs=[np.zeros(3)] * 4)
    np.testing.assert_allclose(w, W0 * 0.95**4, rtol=1e-14)


def test_adamw_decays_by_the_rate_of_the_schedule():
    w = run(AdamW(lambda t: 0.1 / (1 + t), weight_decay=0.5), gs=[np.zeros(3)] * 2)
    np.testing.assert_allclose(w, W0 * 0.95 * 0.975, rtol=1e-14)


@pytest.mark.parametrize("shape", [(5, 5), (8, 3), (3, 9), (1, 4), (1, 1)])
def test_orthogonalize_keeps_the_singular_vectors(shape):
    G = np.random.default_rng(1).normal(size=shape)
    U, S, Vt = np.linalg.svd(G, full_matrices=False)
    sigma = S / (np.linalg.norm(G) + 1e-7)
    for _ in range(5):
        sigma = 3.4445 * sigma - 4.7750 * sigma**3 + 2.0315 * sigma**5
    kept = G.copy()
    np.testing.assert_allclose(orthogonalize(G), U * sigma @ Vt, atol=1e-12)
    np.testing.assert_array_equal(G, kept)
    assert sigma.min() > 0.6 and sigma.max() < 1.25
    assert not orthogonalize(np.zeros(shape)).any()


@pytest.mark.parametrize("shape", [(4, 7), (7, 4)])
@pytest.mark.parametrize("nesterov", [True, False])
def test_muon(shape, nesterov):
    rng = np.random.default_rng(2)
    W, M = rng.normal(size=shape), np.zeros(shape)
    expected = W.copy()
    optimizer = Muon(0.1, weight_decay=0.3, momentum=0.8, nesterov=nesterov, ns_steps=3)
    for G in rng.normal(size=(6, *shape)):
        M = 0.8 * M + G
        O = orthogonalize(G + 0.8 * M if nesterov else M, 3)
        expected = expected - 0.1 * 0.3 * expected - 0.1 * 0.2 * math.sqrt(7) * O
        optimizer.step(W, G)
    np.testing.assert_allclose(W, expected, rtol=1e-12)
    np.testing.assert_allclose(optimizer.m, M, rtol=1e-12)


def test_muons_step_knows_no_size_of_the_gradient():
    G, steps = np.random.default_rng(3).normal(size=(6, 4)), []
    for scale in (1.0, 1e4):
        W = np.zeros((6, 4))
        Muon(1.0).step(W, scale * G)
        steps.append(W)
    np.testing.assert_allclose(*steps, rtol=1e-5)
    assert math.sqrt(np.mean(W**2)) == pytest.approx(0.2, rel=0.25)


def muons_network(optimizer, dtype="float64"):
    layers = [
        Embedding(5, 3),
        Flatten(),
        Dense(4, "tanh", name="hidden"),
        Dense(2, name="output"),
    ]
    network = Sequential(layers, seed=0, dtype=dtype)
    network.compile(optimizer, "mse")
    network.build((2,))
    return network


TOKENS = np.array([[0, 1], [2, 3], [1, 1], [4, 0]])
TARGETS = np.random.default_rng(4).normal(size=(4, 2))


@pytest.mark.parametrize("excluded", [[], ["output"], ["hid", "out.ut"]])
def test_muon_takes_a_networks_matrices_and_adamw_the_rest(excluded):
    by_muon = {"hidden", "output"} if not excluded else {"hidden"} if len(excluded) == 1 else set()
    network = muons_network(Muon(0.05, weight_decay=0.1, exclude_layers=excluded))
    owners = [(layer, name) for layer in network.layers for name in layer.parameter_shapes()]
    alone = [
        (Muon if name == "W" and layer.name in by_muon else AdamW)(0.05, weight_decay=0.1)
        for layer, name in owners
    ]
    arrays = network.get_weights()
    for _ in range(4):
        network.train_on_batch(TOKENS, TARGETS)
        for optimizer, array, (layer, name) in zip(alone, arrays, owners, strict=True):
            optimizer.step(array, getattr(layer, "d" + name).copy())
            np.testing.assert_allclose(getattr(layer, name), array, rtol=1e-11, atol=1e-14)


def test_adamws_state_in_muon_is_that_of_adamw():
    ours = muons_network(Muon(0.05, exclude_layers=["hidden", "output"]))
    theirs = muons_network(AdamW(0.05))
    for network in (ours, theirs):
        network.fit(TOKENS, TARGETS, epochs=5, batch_size=2, shuffle=False, verbose=0)
    np.testing.assert_array_equal(ours.parameters, theirs.parameters)


def test_muon_clips_the_whole_gradient_before_its_momentum():
    G = np.array([[3.0, 0.0], [0.0, 4.0]])
    optimizer = Muon(0.1, global_clipnorm=1.0)
    optimizer.step(np.zeros((2, 2)), G)
    np.testing.assert_allclose(optimizer.m, G / 5, rtol=1e-14)


def test_muon_refuses_a_vector_whose_matrices_it_does_not_know():
    optimizer, network = Muon(), muons_network("sgd")
    with pytest.raises(ValueError, match=r"prepare\(network.layers\), got shape \(53,\)"):
        optimizer.step(network.parameters, network.gradients)
    assert optimizer.iterations == 0
    optimizer.prepare(network.layers)
    optimizer.step(network.parameters, network.gradients)
    assert optimizer.iterations == 1


def test_muon_refuses_a_layers_name_that_is_none():
    network = muons_network(Adam())
    kept = network.optimizer
    with pytest.raises(ValueError, match="names among embedding, flatten, hidden, output, got 'o"):
        network.compile(Muon(exclude_layers=["outptu"]), "mse")
    assert network.optimizer is kept
    with pytest.raises(TypeError, match="exclude_layers: expected a list of names, got 'output'"):
        Muon(exclude_layers="output")


@pytest.mark.parametrize("cls", [AdamW, Muon])
def test_an_interrupted_training_goes_on_in_a_copy(cls):
    network = muons_network(cls(0.05))
    network.fit(TOKENS, TARGETS, epochs=3, verbose=0)
    other = copy.deepcopy(network)
    for one in (network, other):
        one.fit(TOKENS, TARGETS, epochs=3, verbose=0, shuffle=False)
    np.testing.assert_array_equal(network.parameters, other.parameters)
    assert other.optimizer.iterations == 6


@pytest.mark.parametrize("cls", [AdamW, Muon])
def test_a_float32_network_stays_float32(cls):
    network = muons_network(cls(0.05), "float32")
    before = network.parameters.copy()
    network.fit(TOKENS, TARGETS, epochs=3, verbose=0)
    assert network.parameters.dtype == network.optimizer.m.dtype == np.float32
    assert np.abs(network.parameters - before).min() > 0.0


def test_adams_first_step_is_the_learning_rate():
    w = run(Adam(0.1), gs=[np.array([1e-3, -5.0, 2.0])])
    np.testing.assert_allclose(W0 - w, [0.1, -0.1, 0.1], rtol=1e-2)


def test_global_clipnorm_scales_the_whole_gradient():
    g = np.array([3.0, 0.0, 4.0])
    np.testing.assert_allclose(W0 - run(SGD(1.0, global_clipnorm=1.0), [g]), g / 5, rtol=1e-14)
    np.testing.assert_allclose(W0 - run(SGD(1.0, global_clipnorm=9.0), [g]), g, rtol=1e-14)
    np.testing.assert_array_equal(g, [3.0, 0.0, 4.0])


def test_clipvalue_clips_each_element():
    g = np.array([3.0, -0.5, -4.0])
    np.testing.assert_allclose(W0 - run(SGD(1.0, clipvalue=1.0), [g]), [1, -0.5, -1], rtol=1e-14)


@pytest.mark.parametrize("cls", [SGD, RMSprop, Adam, AdamW])
def test_the_gradient_is_kept_and_the_dtype_too(cls):
    w, g = W0.astype("float32"), np.ones(3, "float32")
    optimizer = cls(0.1)
    for _ in range(3):
        optimizer.step(w, g)
    optimizer.learning_rate = 0.2
    optimizer.step(w, g)
    np.testing.assert_array_equal(g, 1.0)
    assert w.dtype == np.float32 and optimizer.iterations == 4


def test_the_learning_rate_may_be_changed_between_steps():
    optimizer, w = SGD(0.5), np.zeros(1)
    optimizer.step(w, np.ones(1))
    optimizer.learning_rate = 0.25
    optimizer.step(w, np.ones(1))
    assert w == -0.75


def test_a_schedule_sees_the_steps_taken_before():
    seen = []
    optimizer = SGD(lambda t: seen.append(t) or 0.5**t)
    w = np.zeros(1)
    for _ in range(3):
        optimizer.step(w, np.ones(1))
    assert seen == [0, 1, 2]
    assert w == -1.75


def test_schedules_by_hand():
    assert ExponentialDecay(0.8, 10, 0.5)(20) == pytest.approx(0.2, rel=1e-15)
    assert ExponentialDecay(0.8, 10, 0.5)(5) == pytest.approx(0.8 / math.sqrt(2), rel=1e-14)
    cosine = CosineDecay(0.8, 100)
    assert [cosine(t) for t in (0, 50, 100, 200)] == pytest.approx([0.8, 0.4, 0, 0], abs=1e-15)
    steps = PiecewiseConstantDecay((2, 4), (1.0, 0.5, 0.25))
    assert [steps(t) for t in range(7)] == [1, 1, 1, 0.5, 0.5, 0.25, 0.25]


@pytest.mark.parametrize("name", optimizers.OPTIMIZERS)
def test_names_are_looked_up_anew(name):
    assert optimizers.get(name) is not optimizers.get(name)
    assert isinstance(optimizers.get(name), optimizers.OPTIMIZERS[name])
