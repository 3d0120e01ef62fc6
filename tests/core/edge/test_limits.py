"""Token buckets."""

import pytest

from project.core.edge.limits import TokenBuckets, TooManyRequests, client_key
from project.core.edge.requests import client_of
from project.core.edge.responses import refusal


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_then_the_rate_decides() -> None:
    clock = Clock()
    buckets = TokenBuckets(rate=2, burst=3, clock=clock)
    assert [buckets.take("a") for _ in range(3)] == [0, 0, 0]
    assert buckets.take("a") == pytest.approx(0.5)
    clock.now = 0.5
    assert buckets.take("a") == 0


def test_keys_do_not_share_tokens() -> None:
    buckets = TokenBuckets(rate=1, burst=1, clock=Clock())
    assert buckets.take("a") == 0
    assert buckets.take("b") == 0
    assert buckets.take("a") > 0


def test_waiting_longer_than_the_burst_gains_nothing() -> None:
    clock = Clock()
    buckets = TokenBuckets(rate=1, burst=2, clock=clock)
    clock.now = 1_000.0
    assert [buckets.take("a") > 0 for _ in range(3)] == [False, False, True]


def test_the_number_of_buckets_is_bounded() -> None:
    buckets = TokenBuckets(rate=1, burst=1, max_keys=10, clock=Clock())
    for number in range(100):
        buckets.take(str(number))
    assert len(buckets._buckets) == 10


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:0db8:0001:0002::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::ffff:c000:207", "192.0.2.7"),
        ("/run/vouchsafe.sock", "/run/vouchsafe.sock"),
        ("", ""),
    ],
)
def test_ipv6_counts_by_the_subscribers_prefix_and_mapped_ipv4_as_ipv4(address: str, key: str) -> None:
    assert client_key(address) == key


def test_a_subscriber_who_changes_the_ipv6_address_keeps_the_bucket() -> None:
    buckets = TokenBuckets(rate=1, burst=3, clock=Clock())
    asked = [{"client": (f"2001:db8::{number:x}:1", 443)} for number in range(4)]
    assert [buckets.take(client_of(scope)) > 0 for scope in asked] == [False, False, False, True]
    assert buckets.take(client_of({"client": ("2001:db8:0:1::1", 443)})) == 0
    assert client_of({"client": None}) == "local"


def test_a_refusal_says_when_to_come_back() -> None:
    buckets = TokenBuckets(rate=0.5, burst=1, clock=Clock())
    buckets.demand("a")
    with pytest.raises(TooManyRequests) as refused:
        buckets.demand("a")
    answer = refusal(refused.value)
    assert (answer.status, dict(answer.headers)[b"retry-after"]) == (429, b"2")
