"""A Status entity becomes a post; what its author asked for is seen and obeyed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.collection.contracts import CollectedMedia, Restriction
from project.collection.errors import Unusable
from project.collection.sources.mastodon.normalize import normalize
from project.collection.sources.mastodon.policy import POLICY, admit
from project.core.sanitising import plain_text
from project.runtime.replay import Replay

BASE = "https://m.example.com"


def status(**fields: Any) -> dict[str, Any]:
    """The first of the replayed posts, with some fields changed."""
    replay = Replay()
    found = replay.status(replay.ids()[0], BASE)
    assert found is not None
    found["account"].update(fields.pop("account", {}))
    return {**found, **fields}


def test_a_post_is_taken_over_word_for_word() -> None:
    post = normalize(status())
    assert post.text == (
        "Third winter with this sweater and it still looks new. Cold wash, dried flat, no pilling at all. "
        "It is the warmest thing I own and I live by the sea.\n\n#wornwithlove"
    )
    assert (post.author.handle, post.author.name) == ("@ana@replay.example", "Ana")
    assert post.author.url == f"{BASE}/@ana"
    assert post.url == f"{BASE}/@ana/{post.external_id}"
    assert post.language == "en"
    assert post.created_at == datetime(2026, 10, 4, 7, 42, 11, tzinfo=UTC)
    assert post.edited_at is None
    assert post.restrictions == frozenset()
    (picture,) = post.media
    assert isinstance(picture, CollectedMedia)
    assert (picture.kind, picture.width, picture.height) == ("image", 800, 600)
    assert picture.url == f"{BASE}/media/sweater.png"
    assert "green knitted sweater" in picture.alt


def test_entities_and_breaks_of_the_html_become_characters() -> None:
    replay = Replay()
    found = replay.status(replay.ids()[1], BASE)
    assert found is not None
    text = normalize(found).text
    assert "sister's wedding" in text
    assert "the cake <3\n\nSleeves" in text
    assert "Nobody noticed.\nWould buy again" in text


def test_an_account_of_the_asked_server_gets_its_domain() -> None:
    assert normalize(status(account={"acct": "ana"})).author.handle == "@ana@m.example.com"


@pytest.mark.parametrize(
    ("value", "language"),
    [("da", "da"), ("DA", "da"), ("pt-BR", "pt-BR"), ("zh-Hant-TW", "zh"), (None, ""), ("", ""), ("?", ""), (7, "")],
)
def test_the_language_is_a_short_tag_or_nothing(value: Any, language: str) -> None:
    assert normalize(status(language=value)).language == language


def test_an_edit_is_dated() -> None:
    assert normalize(status(edited_at="2026-10-05T00:00:00.000Z")).edited_at == datetime(2026, 10, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "restriction", "store", "hold"),
    [
        ({"visibility": "unlisted"}, Restriction.NOT_PUBLIC, False, False),
        ({"visibility": "private"}, Restriction.NOT_PUBLIC, False, False),
        ({"visibility": None}, Restriction.NOT_PUBLIC, False, False),
        ({"account": {"indexable": False}}, Restriction.NOT_INDEXABLE, False, False),
        ({"account": {"noindex": True}}, Restriction.NO_INDEX, False, False),
        ({"sensitive": True}, Restriction.SENSITIVE, True, True),
        ({"spoiler_text": "food"}, Restriction.SENSITIVE, True, True),
        ({"quote_approval": {"automatic": [], "manual": []}}, Restriction.QUOTES_DENIED, True, True),
        ({"quote_approval": {"automatic": [], "manual": ["public"]}}, Restriction.QUOTES_ASK, True, True),
    ],
)
def test_what_the_author_asked_for_is_obeyed(
    fields: dict[str, Any], restriction: Restriction, store: bool, hold: bool
) -> None:
    post = normalize(status(**fields))
    assert post.restrictions == {restriction}
    admission = admit(post)
    assert (admission.store, admission.hold, admission.reasons) == (store, hold, (restriction,))


@pytest.mark.parametrize("missing", ["indexable", "noindex", "quote_approval"])
def test_a_server_that_does_not_know_a_setting_denies_nothing(missing: str) -> None:
    found = status()
    found.pop(missing, None)
    found["account"].pop(missing, None)
    assert admit(normalize(found)).store
    assert not admit(normalize(found)).hold


def test_the_policy_shows_nothing_without_a_licence() -> None:
    assert POLICY.may_store
    assert POLICY.needs_licence
    assert not POLICY.in_json_ld


def test_s1_an_unknown_new_field_changes_nothing() -> None:
    assert normalize(status(brand_new={"a": [1]}, account={"mood": "fine"})) == normalize(status())


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": None}, "shape"),
        ({"id": 5}, "shape"),
        ({"id": ""}, "shape"),
        ({"id": "1" * 300}, "shape"),
        ({"account": {"acct": ""}}, "account"),
        ({"account": {"id": None}}, "account"),
        ({"content": ""}, "empty"),
        ({"content": "<p>&nbsp;</p>"}, "empty"),
        ({"content": None}, "empty"),
        ({"content": "<i>" * 30_000}, "text"),
        ({"url": "javascript:alert(1)", "uri": ""}, "url"),
        ({"created_at": "yesterday"}, "time"),
        ({"created_at": "0001-01-01T00:00:00+23:59"}, "time"),
        ({"created_at": None}, "time"),
        ({"reblog": {"id": "1"}}, "reblog"),
    ],
)
def test_what_is_not_a_post_is_left_out_with_a_reason(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unusable) as refusal:
        normalize(status(**fields))
    assert refusal.value.reason == reason


def test_an_account_that_is_no_object_is_left_out() -> None:
    with pytest.raises(Unusable):
        normalize({**status(), "account": "ana"})


@pytest.mark.parametrize(
    "attachments",
    [None, "x", [None], [{"type": "image", "url": "javascript:alert(1)"}], [{"type": "unknown", "url": BASE}]],
)
def test_attachments_that_are_none_are_left_out(attachments: Any) -> None:
    assert normalize(status(media_attachments=attachments)).media == ()


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>Ana", "Ana\x00\u202e", "  Ana\n\nB  ", "A" * 999])
def test_names_are_storable_text(hostile: str) -> None:
    name = normalize(status(account={"display_name": hostile})).author.name
    assert plain_text(name) == name
    assert len(name) <= 200
    assert "\n" not in name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(status())), JSON, max_size=6))
def test_no_payload_whatever_breaks_the_collector(fields: dict[str, Any]) -> None:
    found = {**status(), **fields}
    try:
        post = normalize(found)
    except Unusable:
        return
    assert post.text.strip()
    assert post.url.startswith(("https://", "http://"))
    assert plain_text(post.text) == post.text
