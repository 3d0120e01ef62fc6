"""R2: a yes is the exact hashtag in a reply by the author, after the request, in the thread, unedited, unquoted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from project.rights.contracts import PublicReply, ReplyVerdict
from project.rights.reply_rules import Asked, brand_word, judge, no_hashtag, words, yes_hashtag

ASKED_AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
ASKED = Asked(account_id="ana", post_id="post", sent_at=ASKED_AT, hashtag="#yeslinden", no_hashtag="#nolinden")
GRANTED, UNCLEAR = ReplyVerdict.GRANTED, ReplyVerdict.UNCLEAR
WITHDRAWN, NOT_THE_AUTHOR = ReplyVerdict.WITHDRAWN, ReplyVerdict.NOT_THE_AUTHOR


def reply(text: str, **values: Any) -> PublicReply:
    defaults: dict[str, Any] = {
        "external_id": "r1",
        "account_id": "ana",
        "thread_id": "post",
        "written_at": ASKED_AT + timedelta(minutes=1),
    }
    return PublicReply(text=text, **{**defaults, **values})


@pytest.mark.parametrize(
    "text",
    [
        "#yeslinden",
        "Sure! #yeslinden",
        "#YesLinden",
        "#YESLINDEN!!",
        "(#yeslinden)",
        "Go ahead:\n#yeslinden\nand thanks",
        "＃ｙｅｓｌｉｎｄｅｎ",  # full width, as NFKC reads it
        "@linden@replay.example #yeslinden 🙂",
        "It's fine, I don't mind #yeslinden",
    ],
)
def test_r2_the_exact_hashtag_is_a_yes(text: str) -> None:
    assert judge(reply(text), ASKED) is GRANTED


@pytest.mark.parametrize(
    "text",
    [
        "#yeslindenx",
        "#xyeslinden",
        "#yeslinde",
        "#yeslinden-not",
        "#yes_linden",
        "# yeslinden",
        "yeslinden",
        "##yeslinden",
        "#yes",
        "#yeslinden🙂",
        "#yes\u200blinden",
        "#yesl\u0456nden",  # a Cyrillic letter that looks alike
        "https://example.org/#yeslinden",
        "Yes, of course!",
        "👍",
        "#wornwithlove",
        "",
    ],
)
def test_r2_extra_letters_and_everything_else_grant_nothing(text: str) -> None:
    assert judge(reply(text), ASKED) is UNCLEAR


@pytest.mark.parametrize(
    "text",
    [
        "> reply #yeslinden to agree\nWhat does that mean?",
        "What is “#yeslinden” for?",
        'You wrote "#yeslinden", why?',
        "Was heißt „#yeslinden“?",
        "«#yeslinden» ?",
        "'#yeslinden'?",
        "`#yeslinden`",
    ],
)
def test_r2_a_quote_grants_nothing(text: str) -> None:
    assert judge(reply(text), ASKED) is UNCLEAR
    assert judge(reply(f"{text} #yeslinden"), ASKED) is GRANTED


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({"account_id": "bea"}, NOT_THE_AUTHOR),
        ({"account_id": ""}, NOT_THE_AUTHOR),
        ({"written_at": ASKED_AT}, UNCLEAR),
        ({"written_at": ASKED_AT - timedelta(days=3)}, UNCLEAR),
        ({"thread_id": "another"}, UNCLEAR),
        ({"thread_id": ""}, UNCLEAR),
        ({"quotes": True}, UNCLEAR),
        ({"edited_at": ASKED_AT + timedelta(minutes=2)}, UNCLEAR),
        ({"deleted": True}, UNCLEAR),
    ],
    ids=str,
)
def test_r2_another_account_time_thread_or_an_edit_grants_nothing(
    values: dict[str, Any], verdict: ReplyVerdict
) -> None:
    assert judge(reply("#yeslinden"), ASKED) is GRANTED
    assert judge(reply("#yeslinden", **values), ASKED) is verdict


def test_r2_an_edit_that_leaves_a_yes_that_we_have_read_is_still_one() -> None:
    edited = reply("Sure #yeslinden (typo mended)", edited_at=ASKED_AT + timedelta(hours=1))
    assert judge(edited, ASKED) is UNCLEAR
    assert judge(edited, replace(ASKED, seen_unedited=True)) is GRANTED
    assert judge(replace(edited, text="Sure"), replace(ASKED, seen_unedited=True)) is UNCLEAR


def test_an_author_who_was_asked_in_private_cannot_grant_in_public() -> None:
    assert judge(reply("#yeslinden"), replace(ASKED, hashtag="")) is UNCLEAR
    assert judge(reply(""), replace(ASKED, hashtag="")) is UNCLEAR


@pytest.mark.parametrize("text", ["#no", "#NoLinden", "Please stop. #no", "#nolinden!"])
@pytest.mark.parametrize("granted", [True, False])
def test_r6_the_authors_no_counts_even_by_an_edit(text: str, granted: bool) -> None:
    asked = replace(ASKED, granted=granted)
    assert judge(reply(text), asked) is WITHDRAWN
    assert judge(reply(text, edited_at=ASKED_AT + timedelta(days=9)), asked) is WITHDRAWN
    assert judge(reply(text, account_id="bea"), asked) is NOT_THE_AUTHOR


def test_yes_and_no_at_once_end_a_permission_and_make_none() -> None:
    both = reply("I said #yeslinden, now #no")
    assert judge(both, ASKED) is UNCLEAR
    assert judge(both, replace(ASKED, granted=True)) is WITHDRAWN


@pytest.mark.parametrize("text", ["no", "#nope", "#nothing", "“#no” is not what I mean"])
def test_a_no_has_to_be_the_hashtag_too(text: str) -> None:
    assert judge(reply(text), ASKED) is UNCLEAR


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Linden", "linden"),
        ("Linden & Co.", "lindenco"),
        ("Størke Ærø", "størkeærø"),
        ("Ｌｉｎｄｅｎ", "linden"),
        ("GROẞ", "gross"),
        ("!!!", "shop7"),
    ],
)
def test_a_brand_becomes_a_word(name: str, word: str) -> None:
    assert brand_word(name, "shop-7") == word
    assert brand_word("…", "…") == "shop"
    assert yes_hashtag(word) in words(f"ok {yes_hashtag(word).upper()}!")


letters = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12)


@given(letters, letters)
def test_r2_no_letters_can_be_added_to_a_hashtag(before: str, after: str) -> None:
    for text in (f"#{before}yeslinden", f"#yeslinden{after}", f"{before}#yeslinden", f"#yes{before}linden"):
        assert judge(reply(text), ASKED) is not GRANTED


@given(
    st.text(max_size=60),
    st.sampled_from(["ana", "bea", ""]),
    st.sampled_from(["post", "other", ""]),
    st.integers(-5, 5),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
def test_r2_nothing_grants_without_every_condition(
    text: str, account: str, thread: str, minutes: int, edited: bool, quotes: bool, deleted: bool, with_tag: bool
) -> None:
    said = reply(
        f"{text} #yeslinden" if with_tag else text,
        account_id=account,
        thread_id=thread,
        written_at=ASKED_AT + timedelta(minutes=minutes),
        edited_at=ASKED_AT + timedelta(minutes=9) if edited else None,
        quotes=quotes,
        deleted=deleted,
    )
    verdict = judge(said, ASKED)
    if verdict is GRANTED:
        assert (account, thread, edited, quotes, deleted) == ("ana", "post", False, False, False)
        assert minutes > 0
        assert "#yeslinden" in words(said.text)
    if account != "ana":
        assert verdict is NOT_THE_AUTHOR


@given(st.text(max_size=200))
def test_words_take_any_text(text: str) -> None:
    assert all(word == word.casefold() for word in words(text))


def test_the_two_hashtags_differ() -> None:
    assert yes_hashtag("linden") != no_hashtag("linden")
