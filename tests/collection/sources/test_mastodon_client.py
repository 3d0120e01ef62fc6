"""S1: the client against a server in the API's true shape, page by page and fault by fault."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.test import override_settings

from project.collection.contracts import Outcome, RawPage
from project.collection.errors import SourceFailed
from project.collection.sources.mastodon.client import MastodonClient, MastodonSettings, from_settings
from project.runtime.replay import TAG, Replay, ReplayServer, load_posts, running_replay


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    with (
        running_replay() as running,
        override_settings(VOUCHSAFE_OUTGOING_ALLOW=[f"127.0.0.1:{running.server_address[1]}"]),
    ):
        yield running


@pytest.fixture
def client(server: ReplayServer) -> MastodonClient:
    return from_settings({"server": server.base, "tag": TAG})


def fill(replay: Replay, count: int) -> None:
    """More posts than one page holds, one a minute, before the others."""
    first = datetime(2026, 9, 1, tzinfo=UTC)
    for number in range(count):
        moment = (first + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")
        replay.add({**load_posts()[number % 5], "created_at": moment})


def all_pages(client: MastodonClient) -> list[RawPage]:
    pages = [client.forward("")]
    while pages[-1].more:
        pages.append(client.forward(pages[-1].cursor))
    return pages


def ids(page: RawPage) -> list[str]:
    return [str(payload["id"]) for payload in page.payloads]


def test_s1_paging_reaches_the_end_without_loss_or_repeat(server: ReplayServer, client: MastodonClient) -> None:
    fill(server.replay, 95)
    pages = all_pages(client)
    seen = [external_id for page in pages for external_id in sorted(ids(page), key=int)]
    assert seen == server.replay.ids()
    assert [len(page.payloads) for page in pages] == [40, 40, 20, 0]


def test_s1_an_empty_timeline_is_an_end(server: ReplayServer, client: MastodonClient) -> None:
    for external_id in server.replay.ids():
        server.replay.delete(external_id)
    page = client.forward("")
    assert (page.payloads, page.more) == ((), False)


def test_a_page_of_nothing_keeps_the_cursor(server: ReplayServer, client: MastodonClient) -> None:
    last = all_pages(client)[-1].cursor
    assert last == server.replay.ids()[-1]
    assert client.forward(last).cursor == last


def test_the_newest_page_needs_no_cursor(server: ReplayServer, client: MastodonClient) -> None:
    fill(server.replay, 50)
    assert ids(client.recent()) == server.replay.ids()[::-1][:40]


def test_the_allowance_is_read(server: ReplayServer, client: MastodonClient) -> None:
    server.replay.remaining = 12
    allowance = client.forward("").allowance
    assert allowance.remaining == 11
    assert allowance.resets_at is not None
    assert timedelta(minutes=4) < allowance.resets_at - datetime.now(UTC) <= timedelta(minutes=5)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (401, Outcome.NEEDS_TOKEN),
        (403, Outcome.FORBIDDEN),
        (404, Outcome.NOT_FOUND),
        (410, Outcome.GONE),
        (500, Outcome.SERVER_ERROR),
        (503, Outcome.SERVER_ERROR),
        ("truncated", Outcome.BAD_ANSWER),
        ("not a list", Outcome.BAD_ANSWER),
        ("hang up", Outcome.UNREACHABLE),
    ],
)
def test_s1_every_fault_has_an_outcome(
    server: ReplayServer, client: MastodonClient, fault: int | str, outcome: Outcome
) -> None:
    server.replay.faults.append(fault)
    with pytest.raises(SourceFailed) as failure:
        client.forward("")
    assert failure.value.outcome == outcome
    assert len(client.forward("").payloads) == 5


def test_s1_a_429_says_when_to_come_back(server: ReplayServer, client: MastodonClient) -> None:
    server.replay.retry_at = datetime.now(UTC).replace(microsecond=0) + timedelta(minutes=3)
    server.replay.faults.append(429)
    with pytest.raises(SourceFailed) as failure:
        client.forward("")
    assert failure.value.outcome == Outcome.RATE_LIMITED
    assert failure.value.retry_at == server.replay.retry_at


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with running_replay() as running:
        base = running.base
    allowed = base.removeprefix("http://")
    with override_settings(VOUCHSAFE_OUTGOING_ALLOW=[allowed]), pytest.raises(SourceFailed) as failure:
        from_settings({"server": base, "tag": TAG}).forward("")
    assert failure.value.outcome == Outcome.UNREACHABLE


def test_a_private_server_is_refused(server: ReplayServer, client: MastodonClient) -> None:
    with override_settings(VOUCHSAFE_OUTGOING_ALLOW=[]), pytest.raises(SourceFailed) as failure:
        client.forward("")
    assert failure.value.outcome == Outcome.REFUSED
    assert server.replay.requests == []


@pytest.mark.parametrize("has_batches", [True, False])
def test_s4_rechecking_tells_what_is_there_and_what_is_gone(
    server: ReplayServer, client: MastodonClient, has_batches: bool
) -> None:
    server.replay.has_batches = has_batches
    first, second, third, fourth, _fifth = server.replay.ids()
    server.replay.delete(first)
    server.replay.edit(second, visibility="private")
    server.replay.edit(third, content="<p>changed</p>")
    found = client.recheck([first, second, third, fourth])
    assert found.gone == {first, second}
    assert set(found.found) == {third, fourth}
    assert found.found[third]["content"] == "<p>changed</p>"


def test_s4_many_posts_are_rechecked_twenty_to_a_request(server: ReplayServer, client: MastodonClient) -> None:
    fill(server.replay, 45)
    found = client.recheck(server.replay.ids())
    assert len(found.found) == 50
    assert len(server.replay.requests) == 3


@pytest.mark.parametrize("fault", [500, 403, 429, "truncated", "hang up"])
def test_s4_a_hiccup_while_rechecking_takes_nothing_for_gone(
    server: ReplayServer, client: MastodonClient, fault: int | str
) -> None:
    first = server.replay.ids()[0]
    server.replay.delete(first)
    server.replay.faults.extend(["fine", fault])
    with pytest.raises(SourceFailed):
        client.recheck([first])


def test_posts_without_ids_are_a_bad_answer(server: ReplayServer, client: MastodonClient) -> None:
    for external_id in server.replay.ids():
        server.replay.edit(external_id, id="../1")
    with pytest.raises(SourceFailed) as failure:
        client.forward("")
    assert failure.value.outcome == Outcome.BAD_ANSWER


def test_another_post_than_the_one_asked_for_is_a_bad_answer(server: ReplayServer, client: MastodonClient) -> None:
    server.replay.has_batches = False
    first, second = server.replay.ids()[:2]
    server.replay.edit(first, id=second)
    with pytest.raises(SourceFailed) as failure:
        client.recheck([first])
    assert failure.value.outcome == Outcome.BAD_ANSWER


def test_ids_that_are_none_are_never_sent(server: ReplayServer, client: MastodonClient) -> None:
    assert client.recheck(["../accounts/1", "1?x=y", ""]).gone == frozenset()
    assert server.replay.requests == []


def test_a_token_is_sent_to_the_server_and_nowhere_else(server: ReplayServer) -> None:
    seen = []

    def get(url: str, **options: object) -> None:
        seen.append((url, options["credentials"], options["hosts"]))
        raise SourceFailed(Outcome.UNREACHABLE)

    settings = MastodonSettings.from_mapping({"server": "https://m.example.com/", "tag": "#x", "token": "secret"})
    with pytest.raises(SourceFailed):
        MastodonClient(settings, get=get).forward("")  # type: ignore[arg-type]
    assert seen == [
        (
            "https://m.example.com/api/v1/timelines/tag/x?limit=40&min_id=0",
            {"Authorization": "Bearer secret"},
            ("m.example.com",),
        )
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"server": "https://m.example.com"},
        {"tag": "x"},
        {"server": "m.example.com", "tag": "x"},
        {"server": "ftp://m.example.com", "tag": "x"},
        {"server": "https://m.example.com/path", "tag": "x"},
        {"server": "https://[", "tag": "x"},
        {"server": "https://m.example.com", "tag": "a b"},
        {"server": "https://m.example.com", "tag": "../x"},
    ],
)
def test_incomplete_settings_are_an_outcome(settings: dict[str, str]) -> None:
    with pytest.raises(SourceFailed) as failure:
        from_settings(settings)
    assert failure.value.outcome == Outcome.MISCONFIGURED
