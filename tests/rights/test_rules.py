"""The pure rule: a table of examples, one line each (L11: a channel, a country and a time, or nothing)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from project.content.rules import is_credited
from project.rights.contracts import Audience, Channel
from project.rights.rules import (
    ItemFacts,
    LicenceFacts,
    Refusal,
    covers_markets,
    latest_end,
    may_show,
    may_show_picture,
    may_show_somewhere,
)

NOW = datetime(2026, 6, 1, tzinfo=UTC)
SOON, PAST = NOW + timedelta(days=3), NOW - timedelta(days=3)
LICENCE = LicenceFacts(("site",), ("DK", "SE"), PAST, None, ended=False)
ITEM = ItemFacts("approved", "name", "Ana", None, 0, True, True, (LICENCE,), version=2)
AUDIENCE = Audience(1, Channel.SITE, ("DK",), NOW)


@pytest.mark.parametrize(
    ("item", "audience", "refusal"),
    [
        (ITEM, AUDIENCE, None),
        (replace(ITEM, state="pending"), AUDIENCE, Refusal.NOT_APPROVED),
        (replace(ITEM, state="taken_down"), AUDIENCE, Refusal.NOT_APPROVED),
        (replace(ITEM, open_holds=1), AUDIENCE, Refusal.ON_HOLD),
        (replace(ITEM, credit_kind="missing"), AUDIENCE, Refusal.NOT_CREDITED),
        (replace(ITEM, credit_name=" "), AUDIENCE, Refusal.NOT_CREDITED),
        (replace(ITEM, credit_kind="customer", credit_name=""), AUDIENCE, None),
        (replace(ITEM, valid_until=NOW), AUDIENCE, Refusal.NO_LONGER_VALID),
        (replace(ITEM, source_may_republish=False), AUDIENCE, Refusal.SOURCE_FORBIDS),
        (replace(ITEM, source_in_assistant=False), AUDIENCE, None),
        (
            replace(ITEM, source_in_assistant=False),
            replace(AUDIENCE, channel=Channel.AI_ASSISTANT),
            Refusal.SOURCE_FORBIDS,
        ),
        (replace(ITEM, licences=()), AUDIENCE, Refusal.NOT_LICENSED),
        (ITEM, replace(AUDIENCE, channel=Channel.EMAIL), Refusal.NOT_LICENSED),
        (ITEM, replace(AUDIENCE, also=(Channel.AI_ASSISTANT,)), Refusal.NOT_LICENSED),
        (ITEM, replace(AUDIENCE, markets=("DK", "NO")), Refusal.NOT_LICENSED),
        (ITEM, replace(AUDIENCE, markets=("*",)), Refusal.NOT_LICENSED),
        (ITEM, replace(AUDIENCE, markets=()), Refusal.NOT_LICENSED),
        (replace(ITEM, licences=(replace(LICENCE, ended=True),)), AUDIENCE, Refusal.NOT_LICENSED),
        (replace(ITEM, licences=(replace(LICENCE, active=False),)), AUDIENCE, Refusal.NOT_LICENSED),
        (replace(ITEM, licences=(replace(LICENCE, starts_at=SOON),)), AUDIENCE, Refusal.NOT_LICENSED),
        (replace(ITEM, licences=(replace(LICENCE, ends_at=NOW),)), AUDIENCE, Refusal.NOT_LICENSED),
        (replace(ITEM, licences=(replace(LICENCE, version=2),)), AUDIENCE, None),
        (replace(ITEM, licences=(replace(LICENCE, version=1),)), AUDIENCE, Refusal.EDITED),
        (replace(ITEM, licences=(replace(LICENCE, version=1), replace(LICENCE, version=2))), AUDIENCE, None),
        (replace(ITEM, licences=(replace(LICENCE, version=1, ended=True),)), AUDIENCE, Refusal.NOT_LICENSED),
    ],
)
def test_may_show(item: ItemFacts, audience: Audience, refusal: Refusal | None) -> None:
    verdict = may_show(item, audience)
    assert verdict.refusal is refusal
    assert verdict.allowed is (refusal is None)


@pytest.mark.parametrize(
    ("licences", "wanted", "shown"),
    [
        ((LICENCE,), AUDIENCE, True),
        ((replace(LICENCE, version=2, pictures=frozenset({"a"})),), AUDIENCE, True),
        ((replace(LICENCE, version=2, pictures=frozenset({"b"})),), AUDIENCE, False),
        ((replace(LICENCE, version=2, pictures=frozenset()),), AUDIENCE, False),
        ((replace(LICENCE, version=2, pictures=frozenset()), LICENCE), AUDIENCE, True),
        (
            (replace(LICENCE, version=1, pictures=frozenset({"a"})), replace(LICENCE, pictures=frozenset())),
            AUDIENCE,
            False,
        ),
        (
            (
                replace(LICENCE, pictures=frozenset({"a"})),
                replace(LICENCE, channels=("ai_assistant",), pictures=frozenset()),
            ),
            replace(AUDIENCE, also=(Channel.AI_ASSISTANT,)),
            False,
        ),
    ],
)
def test_a_picture_needs_a_licence_that_covers_it_in_every_channel(
    licences: tuple[LicenceFacts, ...], wanted: Audience, shown: bool
) -> None:
    item = replace(ITEM, licences=licences)
    assert may_show(item, wanted).allowed
    assert may_show_picture(item, wanted, "a") is shown
    assert not may_show_picture(replace(item, open_holds=1), wanted, "a")


def test_shown_until_is_the_earliest_end_that_matters() -> None:
    ending = replace(LICENCE, ends_at=SOON)
    assert may_show(replace(ITEM, licences=(ending,)), AUDIENCE).shown_until == SOON
    assert may_show(replace(ITEM, licences=(ending, LICENCE)), AUDIENCE).shown_until is None
    assert may_show(replace(ITEM, valid_until=SOON), AUDIENCE).shown_until == SOON
    longer = replace(LICENCE, ends_at=SOON + timedelta(days=9))
    assert latest_end([ending, longer]) == longer.ends_at


def test_what_has_run_out_is_shown_nowhere_whatever_permits_it() -> None:
    assert may_show_somewhere(replace(ITEM, valid_until=SOON), NOW)
    assert not may_show_somewhere(replace(ITEM, valid_until=NOW), NOW)


def test_worldwide_covers_every_market_and_no_single_one_covers_the_world() -> None:
    assert covers_markets(["*"], ["DK", "*"])
    assert not covers_markets(["DK"], ["*"])
    assert not covers_markets(["*"], [])


@pytest.mark.parametrize(
    ("kind", "name", "credited"),
    [
        ("name", "Ana", True),
        ("handle", "@ana", True),
        ("organisation", "Acme", True),
        ("customer", "", True),
        ("name", "", False),
        ("missing", "Ana", False),
        ("invented", "Ana", False),
    ],
)
def test_a_credit_line_needs_somebody_to_credit(kind: str, name: str, credited: bool) -> None:
    assert is_credited(kind, name) is credited
