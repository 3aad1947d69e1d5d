"""Shards on Dask distributed: processes of this machine, one of which is killed.

Loopback only; no dashboard; the folder of the cluster is removed with it.
"""

import os
import signal
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest

from backprop import Dense, Sequential
from backprop.dask_client import dask_client
from backprop.sharded import sharded_gradient, split

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(60, 5)), rng.random((60, 2))
BATCH, SHARDS, EPOCHS = 12, 4, 2
STEPS = EPOCHS * len(X) // BATCH


def make():
    network = Sequential([Dense(8, "tanh"), Dense(2)], seed=0)
    network.build((5,))
    network.compile("sgd", "mse")
    return network


def make_and_die_once(marker):
    """Kill the process that runs this, if nobody has died yet: in the middle of a task."""
    try:
        Path(marker).touch(exist_ok=False)
    except FileExistsError:
        return make()
    os.kill(os.getpid(), signal.SIGKILL)


def load(i):
    """A batch's shards as a worker loads them: a function of its number, so it can be repeated."""
    rows = slice(i * BATCH, (i + 1) * BATCH)
    return split(X[rows], Y[rows], SHARDS)


def train(client=None, disturb=lambda step: make):
    """Train, and return the weights; ``disturb`` may do harm before a step, and returns make."""
    network = make()
    for step in range(STEPS):
        shards = load(step % (len(X) // BATCH))
        _, gradient = sharded_gradient(disturb(step), network.parameters, shards, client)
        network.optimizer.step(network.parameters, gradient)
    return network.parameters


@pytest.fixture(scope="module")
def undisturbed():
    return train()


@pytest.fixture
def client():
    with dask_client() as client:
        yield client


@pytest.mark.slow
def test_a_worker_that_dies_within_a_task_loses_nothing(client, undisturbed, tmp_path):
    marker = tmp_path / "died"
    before = set(client.run(os.getpid).values())

    def disturb(step):
        return partial(make_and_die_once, str(marker)) if step == 2 else make

    weights = train(client, disturb)
    assert marker.exists()
    client.wait_for_workers(2)
    assert set(client.run(os.getpid).values()) != before  # another process has taken its place
    np.testing.assert_array_equal(weights, undisturbed)
    assert np.abs(weights - make().parameters).max() > 0.01


@pytest.mark.slow
def test_shards_that_lie_with_a_killed_worker_are_loaded_again(client, undisturbed):
    batches = len(X) // BATCH
    batch = [client.submit(load, i) for i in range(batches)]
    shard = [
        [(client.submit(_part, b, k, 0), client.submit(_part, b, k, 1)) for k in range(SHARDS)]
        for b in batch
    ]
    network = make()
    for step in range(STEPS):
        if step == 3:
            held = client.has_what()
            process = client.run(os.getpid)
            victim = max(held, key=lambda worker: len(held[worker]))
            assert len(held[victim]) > 0
            os.kill(process[victim], signal.SIGKILL)
        _, gradient = sharded_gradient(make, network.parameters, shard[step % batches], client)
        network.optimizer.step(network.parameters, gradient)
    np.testing.assert_array_equal(network.parameters, undisturbed)


def _part(shards, k, which):
    return shards[k][which]


def test_any_scheduler_by_its_address_and_no_file_is_left(undisturbed):
    temporary = Path(tempfile.gettempdir())
    before = set(temporary.iterdir()) if temporary.exists() else set()
    home = Path.home() / ".config" / "dask"
    had_home = home.exists()
    with dask_client(workers=1) as owner:
        address = owner.scheduler.address
        assert address.startswith("tcp://127.0.0.1:")
        with dask_client(address) as client:
            np.testing.assert_array_equal(train(client), undisturbed)
            sockets = psutil.Process().net_connections("tcp")
            listening = {s.laddr.ip for s in sockets if s.status == psutil.CONN_LISTEN}
            assert listening == {"127.0.0.1"}
        assert owner.submit(sum, [1, 2]).result() == 3  # the cluster of another is not closed
    assert home.exists() == had_home
    assert not {p for p in set(temporary.iterdir()) - before if "dask" in p.name}
    left = [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
    assert not [command for command in left if "spawn_main" in command]
