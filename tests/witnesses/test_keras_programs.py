"""Programs as beginners write them for Keras: they run here with only their imports changed."""

# ruff: noqa: E501  (programs are quoted whole)

import re

import numpy as np
import pytest

import backprop

# What the programs import from Keras, and where it is here.
HERE = {"keras.utils": "backprop", "keras.regularizers": "backprop.regularizers"}

PROGRAMS = {
    "the article": """
from keras.models import Sequential
from keras.layers import Dense
import numpy as np

np.random.seed(0)
X = np.random.random((100, 8))
y = np.random.random((100, 1))
model = Sequential()
model.add(Dense(10, input_dim=8, activation='relu'))
model.add(Dense(1, activation='linear'))
model.compile(loss='mean_squared_error', optimizer='sgd')
model.fit(X, y, epochs=3, batch_size=10, verbose=0)
score = model.evaluate(X, y, verbose=0)
""",
    "binary classes, with a report": """
from keras.models import Sequential
from keras.layers import Dense, Dropout
import numpy as np

rng = np.random.default_rng(7)
X = rng.normal(size=(120, 8)); y = (X[:, 0] * X[:, 1] > 0).astype(int)
model = Sequential()
model.add(Dense(12, input_shape=(8,), activation='relu', kernel_initializer='uniform'))
model.add(Dropout(0.2))
model.add(Dense(8, activation='relu', kernel_initializer='normal'))
model.add(Dense(1, activation='sigmoid'))
model.summary()
model.compile(loss='binary_crossentropy', optimizer='adam', metrics=['accuracy'])
history = model.fit(X, y, validation_split=0.33, epochs=4, batch_size=10, verbose=0)
assert list(history.history) == ['accuracy', 'loss', 'val_accuracy', 'val_loss'] or \\
    set(history.history) == {'accuracy', 'loss', 'val_accuracy', 'val_loss'}
_, accuracy = model.evaluate(X, y, verbose=0)
score = accuracy
predictions = (model.predict(X, verbose=0) > 0.5).astype(int)
assert predictions.shape == (120, 1)
""",
    "flowers: one-hot labels": """
from keras import Sequential, Input
from keras.layers import Dense
from keras.utils import to_categorical
import numpy as np

rng = np.random.default_rng(1)
labels = np.repeat([0, 1, 2], 30).reshape(-1, 1)
X = rng.normal(size=(90, 4)) + labels
Y = to_categorical(labels)
model = Sequential([Input(shape=(4,)), Dense(8, activation='relu', name='hidden'), Dense(3, activation='softmax')])
model.compile('adam', 'categorical_crossentropy', metrics=['acc'])
model.fit(X, Y, epochs=3, batch_size=None, verbose=0, shuffle=True)
loss, acc = model.evaluate(X, Y, batch_size=16, verbose=0)
score = loss
assert np.argmax(model.predict(X, verbose=0), axis=1).shape == (90,)
""",
    "digits: numbers of classes": """
from keras.models import Sequential
from keras.layers import Dense, Flatten
import numpy as np

rng = np.random.default_rng(2)
images = rng.random((60, 8, 8)); labels = rng.integers(0, 10, 60)
model = Sequential([
    Flatten(input_shape=(8, 8)),
    Dense(32, activation='relu'),
    Dense(10, activation='softmax'),
])
model.compile(optimizer='adam', loss='sparse_categorical_crossentropy', metrics=['accuracy'])
model.fit(images, labels, epochs=2, verbose=0)
test_loss, test_acc = model.evaluate(images, labels, verbose=0)
score = test_loss
assert model(images[:3]).shape == (3, 10)
""",
    "stopping early, saving the best": """
from keras.models import Sequential
from keras.layers import Dense, Activation, BatchNormalization
from keras.optimizers import SGD
from keras.callbacks import EarlyStopping, ModelCheckpoint, ReduceLROnPlateau
from keras.regularizers import l2
import numpy as np, os, tempfile

rng = np.random.default_rng(3)
X = rng.normal(size=(80, 5)); y = X @ rng.normal(size=(5, 1))
model = Sequential()
model.add(Dense(16, input_dim=5, kernel_regularizer=l2(0.001)))
model.add(BatchNormalization())
model.add(Activation('relu'))
model.add(Dense(1))
model.compile(optimizer=SGD(learning_rate=0.01, momentum=0.9, nesterov=True), loss='mse', metrics=['mae'])
with tempfile.TemporaryDirectory() as folder:
    best = os.path.join(folder, 'best' + SUFFIX)
    es = EarlyStopping(monitor='val_loss', mode='min', verbose=0, patience=5, restore_best_weights=True)
    mc = ModelCheckpoint(best, monitor='val_loss', save_best_only=True, save_weights_only=True)
    rl = ReduceLROnPlateau(monitor='val_loss', factor=0.5, patience=2, min_lr=1e-4)
    h = model.fit(X, y, validation_data=(X[:20], y[:20]), epochs=6, batch_size=16, callbacks=[es, mc, rl], verbose=0)
    model.load_weights(best)
if es.stopped_epoch > 0:
    print('stopped at', es.stopped_epoch)
score = min(h.history['val_mae'])
""",
    "weights of classes, a schedule, a callback": """
from keras.models import Sequential
from keras.layers import Dense
from keras.optimizers import Adam
from keras.optimizers.schedules import ExponentialDecay
from keras.callbacks import Callback, LearningRateScheduler
import numpy as np

rng = np.random.default_rng(4)
X = rng.normal(size=(50, 3)); y = (X[:, 0] > 1).astype('float32')

class Report(Callback):
    seen = []
    def on_train_begin(self, logs=None):
        self.seen.append('begin')
    def on_epoch_begin(self, epoch, logs=None):
        self.seen.append(epoch)
    def on_epoch_end(self, epoch, logs=None):
        self.seen.append(logs['loss'])

model = Sequential([Dense(4, activation='tanh', input_shape=(3,)), Dense(1, activation='sigmoid')])
model.compile(Adam(learning_rate=ExponentialDecay(0.01, decay_steps=10, decay_rate=0.9, staircase=True)),
              loss='binary_crossentropy')
model.fit(X, y, epochs=2, class_weight={0: 1.0, 1: 5.0}, callbacks=[Report()], verbose=0)
model.compile(Adam(0.01), loss='binary_crossentropy')
model.fit(X, y, epochs=2, callbacks=[LearningRateScheduler(lambda epoch, lr: lr * 0.5)], verbose=0)
assert Report.seen[:2] == ['begin', 0] and len(Report.seen) == 5
score = model.evaluate(X, y, verbose=0)
""",
    "a network changed by hand": """
from keras.models import Sequential
from keras.layers import Dense
import numpy as np

rng = np.random.default_rng(5)
X = rng.normal(size=(30, 3)); y = rng.normal(size=(30, 2))
model = Sequential(name='small')
model.add(Dense(4, input_shape=(3,), use_bias=False, activation='tanh'))
model.add(Dense(2))
model.compile(loss='mse', optimizer='rmsprop')
weights = model.get_weights()
assert [w.shape for w in weights] == [(3, 4), (4, 2), (2,)]
model.set_weights([0.5 * w for w in weights])
for _ in range(3):
    model.train_on_batch(X, y)
model.fit(X, y, sample_weight=np.linspace(0, 1, 30), epochs=1, verbose=0)
model.pop()
assert model.predict(X, verbose=0).shape == (30, 4)
score = float(np.abs(model.predict(X, verbose=0)).mean())
""",
}


def here(program):
    """Return the program with its imports changed."""
    program = re.sub(
        r"from (keras[\w.]*) import",
        lambda m: (
            f"from {HERE.get(m[1], 'backprop.schedules' if 'schedules' in m[1] else 'backprop')} import"
        ),
        program,
    )
    return program


def lines(program):
    return [
        line
        for line in program.splitlines()
        if not line.startswith(("from keras", "from backprop"))
    ]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_keras_program_runs_with_its_imports_changed(name):
    program = here(PROGRAMS[name])
    assert "keras" not in program and lines(program) == lines(PROGRAMS[name])
    scope = {"SUFFIX": ".npz"}
    exec(program, scope)
    assert np.isfinite(scope["score"])


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_program_runs_in_keras(name):
    scope = {"SUFFIX": ".weights.h5"}
    exec(PROGRAMS[name], scope)
    assert np.isfinite(scope["score"])


def test_a_name_of_keras_that_is_not_here_says_what_to_do():
    with pytest.raises(ImportError, match="backprop has no LSTM: use GRU or SimpleRNN"):
        exec("from backprop import LSTM", {})
    with pytest.raises(AttributeError, match="has no attribute 'lstm'"):
        backprop.lstm  # noqa: B018
    import keras

    places = (keras, keras.layers, keras.optimizers, keras.callbacks, keras.losses, keras.models)
    for name in backprop.not_here.ADVICE:
        assert any(hasattr(place, name) for place in places), name
        assert name not in vars(backprop), name
