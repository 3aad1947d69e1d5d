"""Defaults, seeds, second builds and metrics by value: what a quiet change would alter unseen."""

import numpy as np
import pytest
from test_layers import kinds

from backprop import (
    SGD,
    Adam,
    AdamW,
    BatchNorm,
    Callback,
    Dense,
    Dropout,
    LayerNorm,
    Muon,
    Residual,
    RMSprop,
    Sequential,
    layer,
    losses,
    optimizers,
    schedules,
)
from backprop.metrics import accuracy, mean_absolute_error, mean_squared_error
from backprop.regularizers import L1, L1L2, L2

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(40, 4)), rng.normal(size=(40, 2))


def network(*, optimizer="sgd", seed=0, **settings):
    model = Sequential([Dense(5, "tanh", input_dim=4), Dense(2)], seed=seed)
    model.compile(optimizer, "mse", **settings)
    return model


@pytest.mark.parametrize(
    ("plain", "spelled_out"),
    [
        (SGD(), SGD(0.01, 0.0, False)),
        (RMSprop(), RMSprop(0.001, 0.9, epsilon=1e-7)),
        (Adam(), Adam(0.001, 0.9, 0.999, 1e-7)),
        (AdamW(), AdamW(0.001, 0.004, 0.9, 0.999, 1e-7)),
        (optimizers.get("sgd"), SGD()),
        (optimizers.get("rmsprop"), RMSprop()),
        (optimizers.get("adam"), Adam()),
        (optimizers.get("adamw"), AdamW()),
    ],
    ids=lambda o: type(o).__name__,
)
def test_defaults_of_optimizers(plain, spelled_out):
    results = []
    for optimizer in (plain, spelled_out):
        w = np.array([1.0, -1e-4])
        for g in ([1e-4, 2.0], [3.0, -1e-7]):
            optimizer.step(w, np.array(g))
        results.append(w)
    np.testing.assert_array_equal(*results)


def test_defaults_of_muon():
    spelled_out = Muon(
        0.001, adam_beta_1=0.9, adam_beta_2=0.999, epsilon=1e-7, weight_decay=0.004,
        exclude_layers=[], momentum=0.95, ns_steps=5, nesterov=True, rms_rate=0.2,
    )  # fmt: skip
    results = []
    for optimizer in (Muon(), spelled_out, "muon"):
        model = network(optimizer=optimizer)
        model.fit(X, Y, verbose=0)
        results.append(model.parameters)
    for parameters in results[1:]:
        np.testing.assert_array_equal(parameters, results[0])


def test_defaults_of_fit_and_compile():
    one, two = network(), network()
    one.fit(X, Y, verbose=0)
    two.fit(X, Y, batch_size=32, epochs=1, shuffle=True, validation_split=0.0, verbose=0)
    np.testing.assert_array_equal(one.parameters, two.parameters)
    assert one.optimizer.iterations == 2 and one.history.epoch == [0]
    three = Sequential([Dense(1)])
    three.compile(loss="mse")
    assert type(three.optimizer) is RMSprop and three.metrics == {}


def test_defaults_of_layers():
    plain = Dense(3).build(4, seed=0)
    spelled = Dense(3, "linear", kernel_initializer="glorot_uniform", bias_initializer="zeros")
    np.testing.assert_array_equal(plain.parameters, spelled.build(4, seed=0).parameters)
    assert plain.dtype == np.float64 and not plain.b.any() and plain.use_bias
    assert BatchNorm().momentum == 0.99 and BatchNorm().epsilon == 1e-3
    norm = BatchNorm().build(4)
    np.testing.assert_array_equal(norm.forward(X), norm.forward(X, training=False))
    drop = Dropout(0.5).build(4, seed=0)
    np.testing.assert_array_equal(drop.forward(X), X)
    assert (L1().l1, L2().l2, L1L2().l1, L1L2().l2) == (0.01, 0.01, 0.0, 0.0)
    assert Sequential().dtype == np.float64 and Sequential().name == "sequential"


def test_two_layers_of_one_shape_start_apart_and_the_seed_counts():
    def start(seed):
        model = Sequential([Dense(4, input_dim=4), Dense(4)], seed=seed)
        model.build()
        return model.layers[0].W.copy(), model.layers[1].W.copy()

    (a, b), (c, d), (e, _) = start(0), start(0), start(1)
    assert not np.array_equal(a, b) and not np.array_equal(a, e)
    np.testing.assert_array_equal(a, c)
    np.testing.assert_array_equal(b, d)
    assert not np.array_equal(start(None)[0], start(None)[0])
    generator = np.random.default_rng(0)
    np.testing.assert_array_equal(start(generator)[0], a)
    assert not np.array_equal(start(generator)[0], a), "a generator goes on"
    assert not np.array_equal(Dense(3).build(3, seed=0).W, Dense(3).build(3, seed=1).W)


def test_dropout_has_a_seed_of_its_own():
    ones = np.ones((3, 50))
    same = [Dropout(0.5, seed=7).build(50, seed=s).forward(ones, training=True) for s in (0, 1)]
    np.testing.assert_array_equal(*same)
    other = Dropout(0.5, seed=8).build(50, seed=0).forward(ones, training=True)
    assert not np.array_equal(same[0], other)


def test_dropout_draws_nothing_outside_training():
    drop, other = (Dropout(0.5).build(50, seed=0) for _ in range(2))
    ones = np.ones((3, 50))
    for _ in range(3):
        drop.forward(ones)
    np.testing.assert_array_equal(drop.forward(ones, training=True), other.forward(ones, True))


def test_predict_and_evaluate_draw_nothing():
    def trained(look):
        model = Sequential([Dense(8, input_dim=4), Dropout(0.5), Dense(2)], seed=0)
        model.compile("sgd", "mse")
        model.fit(X, Y, verbose=0)
        if look:
            model.predict(X), model.evaluate(X, Y)
        model.fit(X, Y, verbose=0)
        return model.parameters

    np.testing.assert_array_equal(trained(True), trained(False))


def test_a_layer_can_be_built_anew():
    one = Dense(3, "gelu").build(4, seed=0)
    first = one.parameters
    one.forward(X)
    one.build(2, seed=1)
    assert one.W.shape == (2, 3) and one.parameters.size == 9
    with pytest.raises(RuntimeError, match="backward needs a forward"):
        one.backward(np.ones((40, 3)))
    other = Dense(3, "gelu").build(2, seed=1)
    np.testing.assert_array_equal(one.forward(X[:, :2]), other.forward(X[:, :2]))
    assert not np.shares_memory(first, one.parameters)


def test_a_residual_of_linear_layers_leaves_the_callers_arrays():
    inside = Residual([Dense(4), Residual([Dense(4)])]).build(4, seed=0)
    x, dy = X.copy(), X[::-1].copy()
    y = inside.forward(x)
    np.testing.assert_array_equal(inside.forward(x), y)
    dx = inside.backward(dy)
    np.testing.assert_array_equal(inside.backward(dy), dx)
    np.testing.assert_array_equal(x, X)
    np.testing.assert_array_equal(dy, X[::-1])


def test_a_rate_can_become_a_schedule_and_a_number_again():
    w, optimizer = np.zeros(1), SGD(1.0)
    steps = []
    for rate in (None, schedules.ExponentialDecay(1.0, 1, 0.5), None, 0.25):
        if rate is not None:
            optimizer.learning_rate = rate
        before = w.copy()
        optimizer.step(w, np.ones(1))
        steps.append(float((before - w)[0]))
    assert steps == [1.0, 0.5, 0.25, 0.25]
    assert optimizer.iterations == 4


@pytest.mark.parametrize(
    ("samples", "split", "held"),
    [(10, 0.33, 4), (10, 0.3, 3), (7, 0.5, 4), (3, 0.1, 1), (100, 0.07, 7)],
)
def test_how_many_samples_a_split_holds_out(samples, split, held):
    seen = []

    def count(y_true, y_pred):
        seen.append(len(y_true))
        return 0.0

    model = network(metrics=[count])
    model.fit(X[:1].repeat(samples, 0), Y[:1].repeat(samples, 0), verbose=0,
              validation_split=split, batch_size=1000)  # fmt: skip
    assert seen == [samples - held, held]


def test_the_metrics_of_training_are_means_over_samples_at_their_own_steps():
    outputs = []

    def mean_output(y_true, y_pred):
        outputs.append((len(y_pred), y_pred.mean(), np.abs(y_true - y_pred).mean()))
        return y_pred.mean()

    model = network(metrics=["mae", mean_output])
    model.optimizer.learning_rate = 0.5
    history = model.fit(X[:7], Y[:7], batch_size=3, verbose=0).history
    sizes, means, errors = (np.array(column) for column in zip(*outputs, strict=True))
    assert list(sizes) == [3, 3, 1]
    assert history["mean_output"] == pytest.approx([sizes @ means / 7], rel=1e-13, abs=0)
    assert history["mae"] == pytest.approx([sizes @ errors / 7], rel=1e-13, abs=0)


def test_weights_of_samples_and_classes_by_hand():
    y = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    x, weights = X[:3], np.array([2.0, 0.0, 1.0])
    for loss in ("mse", "huber", "half_squared_error", "categorical_crossentropy"):
        model = Sequential([Dense(2, "softmax", input_dim=4)], seed=0)
        model.compile("sgd", loss)
        single = [model.evaluate(x[i : i + 1], y[i : i + 1]) for i in range(3)]
        expected = weights @ single / 3
        assert model.evaluate(x, y, sample_weight=weights) == pytest.approx(expected, rel=1e-13)
        assert model.train_on_batch(x, y, weights) == pytest.approx(expected, rel=1e-13)
        by_class = (2.0 * single[0] + 0.5 * single[1] + 0.5 * single[2]) / 3
        model = Sequential([Dense(2, "softmax", input_dim=4)], seed=0)
        model.compile("sgd", loss)
        value = model.train_on_batch(x, y, class_weight={0: 2.0, 1: 0.5})
        assert value == pytest.approx(by_class, rel=1e-13)
        instance = losses.get(loss)
        o = model.predict(x)
        instance.forward(y, o)
        plain = instance.backward()
        instance.forward(y, o, weights)
        np.testing.assert_allclose(instance.backward(), weights[:, None] * plain, rtol=1e-14)
        instance.forward(y, o)
        np.testing.assert_array_equal(instance.backward(), plain)  # the weights are forgotten


@pytest.mark.parametrize(
    ("settings", "error", "text"),
    [
        ({"sample_weight": np.ones(39)}, ValueError, r"shape \(40,\), got \(39,\)"),
        ({"sample_weight": -np.ones(40)}, ValueError, "of at least 0, got -1.0"),
        ({"sample_weight": np.full(40, np.nan)}, ValueError, "expected finite numbers"),
        ({"class_weight": [1, 2]}, TypeError, r"class_weight to be a dict, got \[1, 2\]"),
        ({"class_weight": {0: -1}}, ValueError, "class_weight of 0: expected a finite number"),
        ({"class_weight": {0: 1}, "sample_weight": np.ones(40)}, ValueError, "got both"),
    ],
)  # fmt: skip
def test_wrong_weights_are_refused_before_any_step(settings, error, text):
    model = network()
    model.build()
    before = model.parameters.copy()
    for call in (lambda: model.fit(X, Y, verbose=0, **settings),
                 lambda: model.train_on_batch(X, Y, **settings)):  # fmt: skip
        with pytest.raises(error, match=text):
            call()
        np.testing.assert_array_equal(model.parameters, before)


def test_forward_is_outside_training_unless_it_is_said():
    model = Sequential([Dropout(0.5), BatchNorm()], seed=0)
    model.build((4,))
    expected = X / np.sqrt(1.001)
    np.testing.assert_allclose(model.forward(X), expected, rtol=1e-12)
    np.testing.assert_allclose(model(X), expected, rtol=1e-12)
    assert not np.allclose(model.forward(X, training=True), expected)


@pytest.mark.parametrize("cls", [SGD, RMSprop, Adam, AdamW])
@pytest.mark.parametrize("n", [65_535, 65_536, 65_537, 150_001])
def test_a_long_vector_takes_the_same_step_as_its_pieces(cls, n):
    """Inside, a step goes over pieces that stay in the cache: each number moves once."""
    settings = {"momentum": 0.9, "nesterov": True} if cls is SGD else {}
    start, g = rng.normal(size=n), rng.normal(size=n)
    whole, parts, optimizer = start.copy(), start.copy(), cls(0.1, **settings)
    own = [cls(0.1, **settings) for _ in range(4)]
    views = list(zip(own, np.array_split(parts, 4), np.array_split(g, 4), strict=True))
    for _ in range(3):
        optimizer.step(whole, g)
        for one, w_part, g_part in views:
            one.step(w_part, g_part)
    np.testing.assert_array_equal(whole, parts)
    assert np.abs(whole - start).min() > 0.0 and optimizer.iterations == 3


def test_another_view_of_the_same_parameters_may_be_stepped():
    w, optimizer = np.ones(4), SGD(0.1, momentum=0.5)
    optimizer.step(w, np.ones(4))
    optimizer.step(w[:], np.ones(4))
    np.testing.assert_allclose(w, 1.0 - 0.1 - 0.15, rtol=1e-14)
    with pytest.raises(ValueError, match=r"of shape \(4,\), got others, of shape \(2,\)"):
        optimizer.step(w[:2], np.ones(2))
    g = np.ones(4)
    optimizer.step(w, g)
    with pytest.raises(ValueError, match="an optimizer of its own"):
        optimizer.step(np.ones(4), g)  # the gradient's array is the same


@pytest.mark.parametrize("cls", [RMSprop, Adam, AdamW, Muon, BatchNorm, LayerNorm])
def test_epsilon_must_be_positive(cls):
    with pytest.raises(ValueError, match="epsilon"):
        cls(epsilon=0.0)


def test_accuracy_by_hand():
    one = np.array([[0.2], [0.7], [0.9], [0.4]])
    assert accuracy([[0], [0], [1], [0]], one) == 0.75
    assert accuracy([[1], [1], [1], [1]], one) == 0.5
    assert accuracy([[0.5]], [[0.5]]) == 1.0  # neither is above one half
    three = np.array([[0.1, 0.8, 0.1], [0.5, 0.2, 0.3], [0.2, 0.2, 0.6]])
    assert accuracy([1, 0, 0], three) == accuracy([[1.0], [0.0], [0.0]], three) == 2 / 3
    assert accuracy(np.eye(3)[[1, 0, 0]], three) == 2 / 3
    for wrong in ([1, 0], [[1, 0, 0]], np.eye(3)[:, :2]):
        with pytest.raises(ValueError, match="accuracy: expected targets and predictions"):
            accuracy(wrong, three)
    with pytest.raises(ValueError, match="accuracy: expected targets and predictions"):
        accuracy([1, 0], np.zeros((2, 4, 3)))
    with pytest.raises(ValueError, match="accuracy: expected targets and predictions"):
        accuracy(np.zeros((0, 1)), np.zeros((0, 1)))


def test_the_metrics_of_errors_by_hand():
    y, o = np.array([[1], [3]], dtype=np.uint8), np.array([[2.0], [-1.0]])
    assert mean_absolute_error(y, o) == 2.5 and mean_squared_error(y, o) == 8.5
    for metric in (mean_absolute_error, mean_squared_error):
        with pytest.raises(ValueError, match="of one shape"):
            metric([1, 3], o)


def test_the_weights_of_two_classes_with_one_output():
    model = Sequential([Dense(1, "sigmoid", input_dim=4)], seed=0)
    model.compile("sgd", "binary_crossentropy")
    y = np.array([1.0, 0.0, 1.0])
    single = [model.evaluate(X[i : i + 1], y[i : i + 1]) for i in range(3)]
    value = model.train_on_batch(X[:3], y, class_weight={0: 3.0, 1: 0.5})
    expected = (0.5 * single[0] + 3.0 * single[1] + 0.5 * single[2]) / 3
    assert value == pytest.approx(expected, rel=1e-13, abs=0)


def test_validation_samples_may_have_weights():
    model, weights = network(), np.linspace(0.0, 1.0, 40)
    history = model.fit(X, Y, verbose=0, validation_data=(X, Y, weights)).history
    assert history["val_loss"] == [model.evaluate(X, Y, sample_weight=weights)]


def test_what_a_callback_is_told_of_a_fit():
    callback = Callback()
    network().fit(X[:7], Y[:7], batch_size=3, epochs=2, verbose=0, callbacks=[callback])
    assert callback.params == {"epochs": 2, "steps": 3, "verbose": 0}


def test_a_number_is_no_vector_of_parameters():
    model = network()
    before = model.parameters.copy()
    with pytest.raises(ValueError, match=r"parameters: expected shape \(37,\), got \(\)"):
        model.parameters = 0.5
    np.testing.assert_array_equal(model.parameters, before)


def test_a_network_can_be_called_and_knows_its_names():
    model = network(metrics=["acc", "mae"])
    np.testing.assert_array_equal(model(X), model.predict(X, batch_size=40))
    assert model.metrics_names == ["loss", "acc", "mae"]
    assert list(model.evaluate(X, Y, return_dict=True)) == model.metrics_names
    dense = Dense(3)
    assert dense(X).shape == (40, 3) and dense.W.shape == (4, 3)


@pytest.mark.parametrize("verbose", ["auto", 0, 1, 2])
def test_verbose_is_taken_everywhere(verbose, capsys):
    model = network()
    model.fit(X, Y, verbose=verbose)
    model.evaluate(X, Y, verbose=verbose)
    model.predict(X, verbose=verbose)
    out, err = capsys.readouterr()
    assert ("loss" in out) == (verbose != 0)
    assert ("predict" in err) == (verbose != 0) and ("fit" in err) == (verbose in ("auto", 1))


def test_a_summary_before_the_shapes_are_known(capsys):
    model = Sequential([Dense(3, name="hidden"), Dense(1)])
    model.summary()
    assert "not built" in capsys.readouterr().out
    Sequential([Dense(3, input_shape=(4,), name="hidden")]).summary()
    assert "hidden          (N, 3)                      15" in capsys.readouterr().out


def test_every_optimizer_loss_and_layer_is_tested():
    """A new one must be named where all are tested, or this fails."""
    assert kinds(optimizers.Optimizer) == {cls.__name__ for cls in optimizers.OPTIMIZERS.values()}
    assert kinds(losses.Loss) == {cls.__name__ for cls in losses.LOSSES.values()}
    assert kinds(layer.Layer) >= {"Dense", "Residual"}
