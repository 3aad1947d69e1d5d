"""What a caller gets is the caller's, what can be assigned is wired, and state outlives a look."""

import threading

import numpy as np
import pytest
from test_layers import EXAMPLES, make

from backprop import (
    SGD,
    Activation,
    Adam,
    BatchNorm,
    Callback,
    Dense,
    Dropout,
    EarlyStopping,
    Layer,
    Residual,
    Sequential,
    activations,
    initializers,
)
from backprop.gradient_check import check_gradients

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(20, 4)), rng.normal(size=(20, 2))


def network(optimizer="sgd", loss="mse", seed=0, **settings):
    model = Sequential([Dense(5, "tanh", input_dim=4), Dense(2)], seed=seed)
    model.compile(optimizer, loss, **settings)
    model.build()
    return model


# -- public results are the caller's own ---------------------------------------------------------


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_layers_results_are_the_callers(name):
    layer, x = make(name)
    y = layer.forward(x, training=True)
    v = np.random.default_rng(1).normal(size=y.shape)
    dx = layer.backward(v)
    kept_y, kept_dx = y.copy(), dx.copy()
    layer.backward(-v)
    layer.forward(x[::-1])
    np.testing.assert_array_equal(y, kept_y)
    np.testing.assert_array_equal(dx, kept_dx)
    for given in (x, v):
        assert not np.shares_memory(y, given) and not np.shares_memory(dx, given)


@pytest.mark.parametrize("name", EXAMPLES)
def test_backward_is_of_the_x_that_forward_got_whatever_happens_to_it(name):
    layer, x = make(name)
    v = np.random.default_rng(1).normal(size=layer.forward(x).shape)
    layer.forward(x)
    expected = layer.backward(v)
    layer.forward(x)
    x *= -1.0
    np.testing.assert_array_equal(layer.backward(v), expected)


def test_an_output_can_be_the_next_input():
    layer = Activation("gelu").build(4)
    y = layer.forward(X)
    layer.forward(y)
    dx = layer.backward(X)
    layer.forward(y.copy())
    np.testing.assert_array_equal(layer.backward(X), dx)


def test_a_networks_results_are_the_callers():
    model = network()
    assert np.any(model.forward(X + 1e-5) - model.forward(X - 1e-5))
    outputs = [model.forward(X[i : i + 5]) for i in range(0, 20, 5)]
    np.testing.assert_allclose(np.concatenate(outputs), model.predict(X), rtol=1e-13)
    assert model.loss.forward(model.forward(-X), model.forward(X)) > 0.0
    model.forward(X)
    dx = model.backward(Y)
    kept = dx.copy()
    model.backward(-Y)
    np.testing.assert_array_equal(dx, kept)


def test_a_metric_may_keep_what_it_gets():
    kept = []

    def keep(y_true, y_pred):
        kept.append((y_true, y_pred))
        return 0.0

    network(metrics=[keep]).fit(X, Y, batch_size=5, epochs=2, verbose=0)
    assert len({o.tobytes() for _, o in kept}) == len({y.tobytes() for y, _ in kept}) == 8


def test_threads_predict_without_disturbing_one_another():
    model = network()
    inputs = [np.random.default_rng(i).normal(size=(20, 4)) for i in range(4)]
    expected = [model.predict(x) for x in inputs]
    wrong = []

    def predict(x, y):
        for _ in range(50):
            if not np.array_equal(model.predict(x), y):
                wrong.append(1)

    threads = [
        threading.Thread(target=predict, args=pair) for pair in zip(inputs, expected, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# -- names that can be assigned are wired, or refuse ----------------------------------------------


def test_a_step_by_assignment_is_the_step_in_place():
    one, two = network(), network()
    for model in (one, two):
        model.loss.forward(Y, model.forward(X))
        model.backward(model.loss.backward())
    for layer in one.layers:
        layer.W = layer.W - 0.1 * layer.dW
        layer.b -= 0.1 * layer.db
    two.parameters = two.parameters - 0.1 * two.gradients
    np.testing.assert_array_equal(one.parameters, two.parameters)
    assert one.evaluate(X, Y) < network().evaluate(X, Y)


def test_an_assigned_parameter_is_used_forward_and_backward():
    layer, ones = Dense(3).build(4, seed=0), np.ones((4, 3))
    layer.W = ones
    np.testing.assert_allclose(layer.forward(X), X @ ones, rtol=1e-14)
    dy = rng.normal(size=(20, 3))
    np.testing.assert_allclose(layer.backward(dy), dy @ ones.T, rtol=1e-14)
    assert not np.shares_memory(layer.W, ones) and np.shares_memory(layer.W, layer.parameters)
    layer.parameters = np.zeros(15)
    assert not layer.W.any() and not layer.forward(X).any()


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("W", np.ones((3, 4)), r"dense: expected W of shape \(4, 3\), got \(3, 4\)"),
        ("b", 0.0, r"dense: expected b of shape \(3,\), got \(\)"),
        ("dW", np.ones(12), r"expected dW of shape \(4, 3\), got \(12,\)"),
        ("gradients", np.ones(14), r"expected gradients of shape \(15,\), got \(14,\)"),
    ],
)
def test_an_assignment_of_another_shape_is_refused(name, value, error):
    layer = Dense(3).build(4, seed=0)
    before = layer.parameters.copy()
    with pytest.raises(ValueError, match=error):
        setattr(layer, name, value)
    np.testing.assert_array_equal(layer.parameters, before)


def test_an_assignment_of_words_or_complex_numbers_is_refused():
    layer = Dense(1).build(1, seed=0)
    for value in ([["a"]], [[1j]]):
        with pytest.raises(TypeError, match="W: expected real numbers"):
            layer.W = value


class Scale(Layer):
    """A reader's layer: y = a x, with gradients that are assigned."""

    initializers = {"a": initializers.ones}  # noqa: RUF012

    def parameter_shapes(self):
        return {"a": self.input_shape}

    def forward(self, x, training=False):
        self.x = x
        return x * self.a

    def backward(self, dy, need_dx=True):
        self.da = (dy * self.x).sum(axis=0)
        return dy * self.a


def test_a_readers_layer_that_assigns_its_gradients_is_trained():
    model = Sequential([Scale(), Dense(2)], seed=0)
    model.compile(SGD(0.1), "mse")
    model.build((4,))
    check_gradients(model, X, Y).raise_if_failed()
    model.fit(X, Y, epochs=5, verbose=0)
    assert np.all(model.layers[0].a != 1.0)
    assert model.gradients[:4].all()


class Doubled(Dense):
    """A reader's layer on top of ours: both passes call the one below."""

    def forward(self, x, training=False):
        return 2.0 * super().forward(x, training)

    def backward(self, dy, need_dx=True):
        return super().backward(2.0 * dy, need_dx)


def test_a_subclass_that_calls_the_public_passes_is_honored_in_training():
    model = Sequential([Doubled(5, input_dim=4), Dense(2)], seed=0)
    model.compile("sgd", "mse")
    x = X[:5]
    check_gradients(model, x, Y[:5]).raise_if_failed()
    one = Residual([Doubled(4)]).build(4, seed=1)
    check_gradients(one, X).raise_if_failed()
    np.testing.assert_allclose(one.forward(X), X + 2.0 * (X @ one.layers[0].W), rtol=1e-13)
    first = model.train_on_batch(x, Y[:5])
    assert model.train_on_batch(x, Y[:5]) < first


def test_a_method_replaced_at_an_instance_is_honored_in_training():
    model, seen = network(), []
    original = model.layers[1].backward
    model.layers[1].backward = lambda dy, need_dx=True: seen.append(dy) or original(dy, need_dx)
    model.fit(X, Y, batch_size=10, verbose=0)
    assert len(seen) == 2


@pytest.mark.parametrize("activation", ["gelu", "linear", "tanh", "softmax"])
def test_an_activation_can_be_changed_at_any_time(activation):
    for layer in (Dense(3, "tanh").build(4, seed=0), Activation("tanh").build(4)):
        layer.forward(X)
        layer.activation = activation
        with pytest.raises(RuntimeError, match="backward needs a forward"):
            layer.backward(np.ones((20, *layer.output_shape)))
        check_gradients(layer, X).raise_if_failed()
        assert type(layer.activation) is activations.ACTIVATIONS[activation]
    with pytest.raises(ValueError, match="unknown activation"):
        layer.activation = "tahn"


@pytest.mark.parametrize(
    ("name", "value"),
    [("units", 4), ("use_bias", False), ("input_shape", (3,)), ("output_shape", (9,)),
     ("initializers", {}), ("dtype", np.dtype("float32")), ("input_dim", 3)],
)  # fmt: skip
def test_what_shapes_the_parameters_is_fixed_once_they_are_made(name, value):
    layer = Dense(3).build(4, seed=0)
    with pytest.raises(AttributeError, match=f"dense: {name} is fixed"):
        setattr(layer, name, value)
    check_gradients(layer, X).raise_if_failed()


def test_a_name_that_a_layer_does_not_have_is_refused_once_it_is_built():
    layer = Dense(3, kernel_initializer="zeros")
    layer.note = "before it is built, a reader may note what they like"
    layer.build(4)
    for name in ("w", "K", "kernel", "weights", "dw"):
        with pytest.raises(AttributeError, match=f"no {name}; its arrays are W, dW, b, db, para"):
            setattr(layer, name, np.ones((4, 3)))
    own = Scale().build(4)
    own.seen = X  # a layer of one's own has what names it wants


def test_the_layers_of_a_residual_are_fixed_once_they_are_built():
    layer = Residual([Dense(4)]).build(4)
    with pytest.raises(AttributeError, match="layers is fixed"):
        layer.layers = [Dense(4)]
    with pytest.raises(AttributeError):
        layer.layers.append(Dense(4))


def test_freezing_is_refused_with_a_way_out():
    model = network()
    for thing in (model, model.layers[0]):
        thing.trainable = True
        with pytest.raises(AttributeError, match="all layers of a network are trained; to keep"):
            thing.trainable = False


def test_the_layers_of_a_network_change_by_add_and_pop_alone():
    model = network()
    with pytest.raises(TypeError):
        model.layers[0] = Dense(5)
    with pytest.raises(AttributeError):
        model.layers.pop()
    with pytest.raises(AttributeError):
        model.layers = []
    with pytest.raises(AttributeError):
        model.dtype = "float32"


def test_pop_leaves_what_the_others_have_learned():
    model = network()
    hidden = model.layers[0]
    weights, y = model.get_weights(), hidden.forward(X)
    model.pop()
    assert model.layers == (hidden,) and model.output_shape == (5,)
    np.testing.assert_array_equal(model.predict(X), y)
    assert np.shares_memory(hidden.W, model.parameters) and model.parameters.size == 25
    for a, b in zip(model.get_weights(), weights, strict=False):
        np.testing.assert_array_equal(a, b)
    model.compile("sgd", "mse")
    model.fit(X, np.zeros((20, 5)), verbose=0)
    assert np.abs(hidden.W - weights[0]).max() > 0.0
    model.pop()
    with pytest.raises(RuntimeError, match="pop: the network has no layers"):
        model.pop()
    model.add(Dense(3, input_dim=4))
    assert model.predict(X).shape == (20, 3)


def test_clipping_can_be_set_between_steps():
    optimizer = SGD(0.1)
    model = network(optimizer)
    before = model.parameters.copy()
    optimizer.global_clipnorm = 1e-9
    model.train_on_batch(X, Y)
    assert np.linalg.norm(model.parameters - before) == pytest.approx(1e-10, rel=1e-6, abs=0)
    optimizer.global_clipnorm, optimizer.clipvalue = None, 1e-9
    before = model.parameters.copy()
    model.train_on_batch(X, Y)
    assert np.abs(model.parameters - before).max() == pytest.approx(1e-10, rel=1e-6, abs=0)
    optimizer.clipvalue = -1.0
    before, steps = model.parameters.copy(), optimizer.iterations
    with pytest.raises(ValueError, match="clipvalue: expected a finite number above 0"):
        model.train_on_batch(X, Y)
    np.testing.assert_array_equal(model.parameters, before)
    assert optimizer.iterations == steps


@pytest.mark.parametrize("settings", [{"momentum": 0.9}, {}])
def test_an_optimizer_belongs_to_one_network(settings):
    optimizer = SGD(0.05, **settings)
    network(optimizer).fit(X, Y, verbose=0)
    other = network(optimizer)
    before = other.parameters.copy()
    with pytest.raises(ValueError, match="give another network an optimizer of its own"):
        other.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(other.parameters, before)


def test_an_optimizer_goes_on_after_its_network_is_compiled_again():
    optimizer = Adam(0.01)
    model = network(optimizer)
    model.fit(X, Y, epochs=2, verbose=0)
    model.compile(optimizer, "mse")
    model.fit(X, Y, epochs=2, verbose=0)
    assert optimizer.iterations == 4


# -- what backward needs outlives a look -----------------------------------------------------------


def deep():
    model = Sequential(
        [Dense(5, "gelu", input_dim=4), BatchNorm(), Residual([Dense(5, "tanh")]), Dropout(0.3),
         Dense(2)],
        seed=0,
    )  # fmt: skip
    model.compile("sgd", "mse")
    model.build()
    return model


@pytest.mark.parametrize(
    "look",
    [
        lambda model: model.predict(-X),
        lambda model: model.predict(X[:3]),
        lambda model: model.evaluate(-X, Y),
        lambda model: model.evaluate(X[:7], -Y[:7]),
    ],
    ids=["predict", "predict fewer", "evaluate", "evaluate fewer"],
)
def test_a_look_at_other_data_leaves_the_gradient_as_it_is(look):
    gradients = []
    for looks in (False, True):
        model = deep()
        model.loss.forward(Y, model.forward(X, training=True))
        if looks:
            look(model)
        model.backward(model.loss.backward())
        gradients.append(model.gradients.copy())
    np.testing.assert_array_equal(*gradients)


@pytest.mark.parametrize(
    "step",
    [
        lambda model: model.fit(X, Y, verbose=0),
        lambda model: model.train_on_batch(X, Y),
        lambda model: model.layers[0].forward(X[:3]),
        lambda model: model.layers[0].forward(np.vstack([X, X])),
        lambda model: model.pop(),
    ],
    ids=["fit", "train_on_batch", "a layer's forward", "a larger one", "pop"],
)
def test_backward_is_refused_after_what_has_overwritten_its_forward(step):
    model = network()
    model.forward(X)
    step(model)
    with pytest.raises(RuntimeError, match="backward needs a forward before it"):
        model.backward(Y)


def test_backward_is_refused_after_a_refused_forward():
    model = network()
    model.forward(X)
    with pytest.raises(ValueError, match="expected x of shape"):
        model.forward(X[:, :3])
    with pytest.raises(RuntimeError, match="backward needs a forward before it"):
        model.backward(Y)


# -- callbacks -------------------------------------------------------------------------------------


def test_a_fit_within_a_callback_has_a_history_of_its_own():
    class Inner(Callback):
        inner = None

        def on_epoch_end(self, epoch, logs):
            if self.inner is None:
                self.inner = self.model.fit(X, Y, epochs=2, verbose=0)

    model, callback = network(), Inner()
    history = model.fit(X, Y, epochs=3, verbose=0, callbacks=[callback])
    assert history.epoch == [0, 1, 2] and callback.inner.epoch == [0, 1]
    assert model.history is history


def test_a_loss_chosen_within_a_callback_counts_from_the_next_step():
    class Switch(Callback):
        def on_epoch_end(self, epoch, logs):
            self.model.compile(SGD(0.1), "half_squared_error")

    model = network(SGD(0.1))
    history = model.fit(X, Y, batch_size=20, epochs=2, verbose=0, callbacks=[Switch()])
    other = network(SGD(0.1))
    other.fit(X, Y, batch_size=20, verbose=0)
    other.compile(SGD(0.1), "half_squared_error")
    assert history.history["loss"][1] == pytest.approx(other.evaluate(X, Y), rel=1e-12, abs=0)


def test_every_hook_is_called_in_kerass_order():
    calls = []

    class Log(Callback):
        pass

    def hook(name):
        return lambda self, *arguments: calls.append((name, *map(repr_of, arguments)))

    def repr_of(argument):
        return sorted(argument) if isinstance(argument, dict) else argument

    for name in vars(Callback):
        if name.startswith("on_"):
            setattr(Log, name, hook(name))
    model = network(metrics=["mae"])
    model.fit(X, Y, batch_size=10, epochs=1, verbose=0, validation_split=0.5, callbacks=[Log()])
    assert calls == [
        ("on_train_begin", []),
        ("on_epoch_begin", 0, []),
        ("on_train_batch_begin", 0, []),
        ("on_train_batch_end", 0, ["loss"]),
        ("on_test_begin", []),
        ("on_test_batch_begin", 0, []),
        ("on_test_batch_end", 0, ["loss"]),
        ("on_test_end", ["loss", "mae"]),
        ("on_epoch_end", 0, ["loss", "mae", "val_loss", "val_mae"]),
        ("on_train_end", []),
    ]
    calls.clear()
    model.evaluate(X, Y, callbacks=[Log()])
    model.predict(X, callbacks=[Log()])
    names = [name for name, *_ in calls]
    assert names == [
        *("on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end"),
        *("on_predict_begin", "on_predict_batch_begin", "on_predict_batch_end", "on_predict_end"),
    ]


def test_a_rate_set_at_an_epochs_begin_is_that_epochs():
    class Rate(Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.model.optimizer.learning_rate = 1e-12

    model = network()
    before = model.parameters.copy()
    model.fit(X, Y, verbose=0, callbacks=[Rate()])
    assert 0.0 < np.abs(model.parameters - before).max() < 1e-9


def test_early_stopping_goes_back_to_the_best_weights_also_after_divergence():
    model = network(SGD(1e3))
    stopping = EarlyStopping("loss", patience=100, restore_best_weights=True)
    with pytest.raises(FloatingPointError), np.errstate(all="ignore"):
        model.fit(X, Y, epochs=200, verbose=0, callbacks=[stopping])
    assert np.isfinite(model.parameters).all()
    # The best epoch is the first, whose loss is that of the weights before its steps.
    assert stopping.best_epoch == 0 and model.evaluate(X, Y) < 1e9


def test_training_goes_on_after_a_stop():
    model = network()
    stopping = EarlyStopping("loss", min_delta=1e9)
    assert len(model.fit(X, Y, epochs=9, verbose=0, callbacks=[stopping]).epoch) == 2
    assert len(model.fit(X, Y, epochs=9, verbose=0).epoch) == 9
    assert len(model.fit(X, Y, epochs=9, verbose=0, callbacks=[stopping]).epoch) == 2
