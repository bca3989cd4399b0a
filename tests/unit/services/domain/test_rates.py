from services.domain.rates import Buckets


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_is_let_through_and_then_a_steady_rate() -> None:
    clock = Clock()
    buckets = Buckets(10.0, clock)
    assert [buckets.take("a") for _ in range(20)] == [0.0] * 20
    assert 0.0 < buckets.take("a") <= 0.1
    assert buckets.take("b") == 0.0
    clock.now += 0.1
    assert buckets.take("a") == 0.0
    assert buckets.take("a") > 0.0


def test_a_slow_rate_lets_one_through_at_least() -> None:
    clock = Clock()
    buckets = Buckets(0.1, clock)
    assert buckets.take("a") == 0.0
    assert 9.0 < buckets.take("a") <= 10.0
    clock.now += 10.0
    assert buckets.take("a") == 0.0


def test_memory_is_bounded_and_who_asks_most_is_not_forgotten() -> None:
    buckets = Buckets(1.0, Clock(), capacity=3)
    buckets.take("busy")
    buckets.take("busy")
    for stranger in range(100):
        buckets.take(f"stranger {stranger}")
        assert buckets.take("busy") > 0.0
    assert len(buckets) == 3
