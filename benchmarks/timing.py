"""A fair race: contestants take turns, round after round, and a wrong result stops it.

A contestant has a ``name`` and three methods: ``restart()`` goes back to the initial weights,
``run()`` is what is timed, and ``weights()`` returns where it has arrived.
"""

import statistics
from dataclasses import dataclass
from time import perf_counter

import numpy as np


@dataclass
class Row:
    """One line of the table: a peer's times beside ours, round by round.

    Times are of one unit (a step, or a whole program), in microseconds. ``goal`` says what the
    ratio should reach, None where nothing is claimed. ``equal_to`` is the largest difference
    between the peer's final weights and ours, None where the peer trains nothing.
    """

    workload: str
    peer: str
    goal: float | None
    equal_to: float | None
    peer_us: list[float]
    our_us: list[float]

    def add(self, other: "Row") -> None:
        """Take the rounds of another process in."""
        self.peer_us += other.peer_us
        self.our_us += other.our_us
        if self.equal_to is not None:
            self.equal_to = max(self.equal_to, other.equal_to)

    def summary(self) -> dict:
        """Return what the JSON file holds.

        ``ratio`` is the peer's time divided by ours, the median over the rounds; half of the rounds
        lie between ``low`` and ``high``. ``met`` says whether the ratio reaches the goal.
        """
        ratios = [p / o for p, o in zip(self.peer_us, self.our_us, strict=True)]
        low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
        return {
            "workload": self.workload,
            "peer": self.peer,
            "ratio": ratio,
            "low": low,
            "high": high,
            "peer_us": statistics.median(self.peer_us),
            "our_us": statistics.median(self.our_us),
            "goal": self.goal,
            "met": None if self.goal is None else ratio >= self.goal,
            "equal_to": self.equal_to,
        }


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
    rows = [
        Row(workload, p.contestant.name, p.goal, None if p.tolerance is None else 0.0, [], [])
        for p in peers
    ]
    for number in range(rounds + 1):
        our_time = _turn(ours, least)
        our_weights = [np.array(w) for w in ours.weights()]
        if not _difference(our_weights, start) > 1e-3:
            raise RuntimeError(f"{workload}: our weights have not moved: nothing was trained")
        for peer, row in zip(peers, rows, strict=True):
            time = _turn(peer.contestant, least)
            if peer.tolerance is not None:
                difference = _difference(peer.contestant.weights(), our_weights)
                if not difference <= peer.tolerance:
                    raise RuntimeError(
                        f"{workload}: {peer.contestant.name} ends {difference:.1e} from our "
                        f"weights, expected at most {peer.tolerance:.0e}: its time does not count"
                    )
                row.equal_to = max(row.equal_to, difference)
            if number > 0:
                row.peer_us.append(time / units * 1e6)
                row.our_us.append(our_time / units * 1e6)
    return rows


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
