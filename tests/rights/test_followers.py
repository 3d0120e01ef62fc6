"""What must follow a withdrawal stands in one list, and nothing follows it that does not stand there."""

from typing import Any

import pytest

from project.core.outbox import subscriber, subscribers
from project.rights.events import HoldOpened, LicenceExpired, LicenceWithdrawn
from project.rights.followers import FOLLOWERS, followers

WITHDRAWING = (LicenceWithdrawn, LicenceExpired, HoldOpened)


def listening() -> set[str]:
    return {each.name for each in subscribers() if any(each.listens_to(event.name) for event in WITHDRAWING)}


def test_l8_every_subscriber_to_a_withdrawal_stands_in_the_registry() -> None:
    assert listening() - {follower.name for follower in FOLLOWERS} == set()


def test_open_pages_are_told_before_anything_else_follows() -> None:
    assert next(iter(subscribers())).name == "live.announce"


def test_every_name_in_the_registry_is_a_subscriber_that_hears_of_withdrawals() -> None:
    assert [follower.name for follower in FOLLOWERS if follower.name not in listening()] == []


def test_a_subscriber_outside_the_registry_is_noticed() -> None:
    from project.core import outbox

    subscriber("test.forgotten", LicenceWithdrawn.name)(lambda event: None)
    try:
        assert "test.forgotten" in listening() - {follower.name for follower in FOLLOWERS}
    finally:
        outbox._subscribers.pop("test.forgotten")


@pytest.mark.parametrize("event", [event.name for event in WITHDRAWING])
def test_copies_outside_are_waited_for_only_where_they_are_set_up(event: str, settings: Any) -> None:
    here = [follower.name for follower in followers(event)]
    assert set(here) >= {"live.announce", "rights.withdrawals", "assistant.forget"}
    assert not {"widgets.purge_cdn", "widgets.index_now"} & set(here)
    settings.VOUCHSAFE_CDN_PURGE_URL = "https://cdn.example.com/purge"
    settings.VOUCHSAFE_INDEXNOW_KEY = "b7f0"
    assert [follower.name for follower in followers(event)] == [*here, "widgets.purge_cdn", "widgets.index_now"]
