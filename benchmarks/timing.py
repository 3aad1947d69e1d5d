"""A fair race: contestants take turns, round after round, and a wrong result stops it.

A contestant has a ``name`` and three methods: ``restart()`` goes back to the initial weights,
``run()`` is what is timed, and ``weights()`` returns where it has arrived.
"""

import statistics
from dataclasses import asdict, dataclass
from time import perf_counter

import numpy as np


@dataclass
class Row:
    """One line of the table, and one entry of the JSON file.

    ``ratio`` is the peer's time divided by ours, the median over the rounds; half of the rounds
    lie between ``low`` and ``high``. ``peer_us`` and ``our_us`` are median times of one unit (a
    step, or a whole program), in microseconds. ``goal`` is what the ratio should reach, and
    ``met`` whether it does; both are None where nothing is claimed. ``equal_to`` is the largest
    difference between the peer's final weights and ours, None where the peer trains nothing.
    """

    workload: str
    peer: str
    ratio: float
    low: float
    high: float
    peer_us: float
    our_us: float
    goal: float | None
    met: bool | None
    equal_to: float | None

    def as_dict(self) -> dict:
        return asdict(self)


@dataclass
class Peer:
    """A contestant beside ours: the goal for its ratio, and how near its weights must come."""

    contestant: object
    goal: float | None
    tolerance: float | None


def race(
    workload, ours, peers: list[Peer], start, rounds: int, units: int, least=0.05
) -> list[Row]:
    """Time all contestants in turn and return a row for each peer.

    Parameters
    ----------
    workload : str
        The name of the rows' first column.
    ours : contestant
    peers : list of Peer
    start : list of arrays
        The weights from which everyone starts: ours must have moved away from them, for two that
        both stand still are equal too.
    rounds : int
        Turns that count; one more comes first and warms everyone up (compilers, caches).
    units : int
        Steps in one ``run()``: what the times are divided by.
    least : float
        Seconds a turn: a contestant runs until they are over, and its median run counts.

    Raises
    ------
    RuntimeError
        If a peer's final weights, in any turn, differ from ours by more than its tolerance.
    """
    seconds = {id(c): [] for c in [ours, *(peer.contestant for peer in peers)]}
    differences = {id(peer): 0.0 for peer in peers}
    for number in range(rounds + 1):
        our_time = _turn(ours, least)
        our_weights = [np.array(w) for w in ours.weights()]
        if not _difference(our_weights, start) > 1e-3:
            raise RuntimeError(f"{workload}: our weights have not moved: nothing was trained")
        for peer in peers:
            time = _turn(peer.contestant, least)
            if peer.tolerance is not None:
                difference = _difference(peer.contestant.weights(), our_weights)
                if not difference <= peer.tolerance:
                    raise RuntimeError(
                        f"{workload}: {peer.contestant.name} ends {difference:.1e} from our "
                        f"weights, expected at most {peer.tolerance:.0e}: its time does not count"
                    )
                differences[id(peer)] = max(differences[id(peer)], difference)
            if number > 0:
                seconds[id(peer.contestant)].append(time)
        if number > 0:
            seconds[id(ours)].append(our_time)
    return [
        _row(workload, peer, seconds[id(peer.contestant)], seconds[id(ours)], units, differences)
        for peer in peers
    ]


def _turn(contestant, least):
    """Run for at least ``least`` seconds; return the median time of a run."""
    times = []
    while sum(times) < least:
        contestant.restart()
        start = perf_counter()
        contestant.run()
        times.append(perf_counter() - start)
    return statistics.median(times)


def _difference(a, b):
    return max(float(np.abs(np.asarray(u) - v).max()) for u, v in zip(a, b, strict=True))


def _row(workload, peer, peer_seconds, our_seconds, units, differences):
    ratios = [p / o for p, o in zip(peer_seconds, our_seconds, strict=True)]
    low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return Row(
        workload,
        peer.contestant.name,
        ratio,
        low,
        high,
        statistics.median(peer_seconds) / units * 1e6,
        statistics.median(our_seconds) / units * 1e6,
        peer.goal,
        None if peer.goal is None else ratio >= peer.goal,
        None if peer.tolerance is None else differences[id(peer)],
    )
