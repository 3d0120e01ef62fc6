"""What authors are told: four languages, three variants, no pressure, no bought praise, no token for others' eyes."""

import re
from itertools import pairwise

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from project.rights.contracts import Channel, SendingWay
from project.rights.request_rules import LANGUAGES, PUBLIC_WAYS
from project.rights.wordings import (
    FAMILIES,
    PHRASES,
    PLACEHOLDERS,
    WORDINGS,
    Family,
    Wording,
    next_wording,
    render,
    variants,
    wording,
)
from project.rights.wordings.lint import Fault, Finding, is_private, length_of, lint
from project.rights.wordings.sentences import problems_of

WAYS = {Family.EMAIL: SendingWay.EMAIL, Family.DIRECT: SendingWay.PRIVATE_LINK, Family.PUBLIC: SendingWay.PUBLIC_REPLY}
TOKEN = "A1b2-" * 8 + "xyz"
FINE = {
    SendingWay.EMAIL: "May {brand} show {media}? {link} You can withdraw. {terms_url} {privacy_url}",
    SendingWay.PRIVATE_LINK: "May {brand} show {media}? {link} You can withdraw. {terms_url} {privacy_url}",
    SendingWay.PUBLIC_REPLY: "May {brand} show {media}? {hashtag} You can withdraw by #no. {terms_url} {privacy_url}",
    SendingWay.ASSISTED: "May {brand} show {media}? {hashtag} You can withdraw by #no. {terms_url} {privacy_url}",
}


def faults(text: str, *, way: SendingWay = SendingWay.EMAIL, subject: str = "A question") -> set[Fault]:
    return {finding.fault for finding in lint(way=way, language="en", subject=subject, text=text)}


def filled(one: Wording, **values: str) -> str:
    phrases = PHRASES[one.language]
    places = ", ".join([phrases.channels[channel] for channel in ("site", "product_page", "organic_social")])
    return render(
        one.text,
        {
            "handle": "@ana@replay.example",
            "brand": "Linden Threads",
            "media": phrases.media["picture"],
            "channels": places,
            "until": phrases.until.format(date="30. September 2027"),
            "hashtag": "#yeslindenthreads",
            "terms_url": "https://reviews.linden.example/c/terms/linden-threads/2026-11?lang=en",
            "privacy_url": "https://reviews.linden.example/c/privacy/linden-threads?lang=en",
            **values,
        },
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", list(Family))
def test_r8_there_are_three_variants_and_two_reminders_of_each(family: Family, language: str) -> None:
    asked, reminded = variants(family, language), variants(family, language, reminder=True)
    assert len(asked) >= 3
    assert len(reminded) >= 2
    texts = [one.text for one in (*asked, *reminded)]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("code", sorted(WORDINGS))
def test_every_wording_passes_its_own_linter(code: str) -> None:
    one = WORDINGS[code]
    assert wording(code) is one
    way = WAYS[one.family]
    assert lint(way=way, language=one.language, subject=one.subject, text=one.text) == ()
    assert set(re.findall(r"\{(\w+)\}", one.subject + one.text)) <= PLACEHOLDERS
    if one.family is Family.PUBLIC:
        assert length_of(filled(one), link_length=23) <= 500


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_words_for_every_channel(language: str) -> None:
    assert set(PHRASES[language].channels) == {channel.value for channel in Channel}
    assert "{date}" in PHRASES[language].until


@pytest.mark.parametrize("way", list(SendingWay))
def test_a_plain_question_passes(way: SendingWay) -> None:
    assert faults(FINE[way], way=way) == set()


@pytest.mark.parametrize(
    "words",
    [
        "You must answer.",
        "This is your last chance!",
        "Answer within 24 hours.",
        "Please reply immediately",
        "No answer means yes.",
        "Du skal svare.",
        "Sidste chance!",
        "Svar inden for 2 dage.",
        "Je moet antwoorden.",
        "Laatste kans!",
        "Antwoord binnen 3 dagen.",
        "Du musst antworten.",
        "Letzte Chance!",
        "Antworte innerhalb von 2 Tagen, sonst werden wir",
        "ＹＯＵ ＭＵＳＴ",
    ],
)
def test_pressure_is_found_in_every_language(words: str) -> None:
    fine = FINE[SendingWay.EMAIL]
    assert Fault.PRESSURE in faults(f"{words} {fine}")
    assert Fault.PRESSURE in faults(fine, subject=words)
    assert Fault.PRESSURE not in faults(fine)


@pytest.mark.parametrize(
    "words",
    [
        "Tell us what you love and get a discount.",
        "A great review wins a prize",
        "Elsker du den? Du får et gavekort.",
        "Vind je het geweldig? Dan krijg je korting.",
        "Toll gefunden? Hier ist ein Gutschein.",
    ],
)
def test_praise_for_a_reward_is_found_and_each_alone_is_not(words: str) -> None:
    fine = FINE[SendingWay.EMAIL]
    assert Fault.SENTIMENT_FOR_REWARD in faults(f"{words} {fine}")
    assert Fault.SENTIMENT_FOR_REWARD not in faults(f"We love your picture. {fine}")
    assert Fault.SENTIMENT_FOR_REWARD not in faults(f"Thank you with a voucher. {fine}")


@pytest.mark.parametrize(
    "words", ["5 stars please", "five-star", "Giv os 5 stjerner", "vijf sterren", "fünf Sterne", "⭐⭐⭐⭐⭐"]
)
def test_nobody_is_asked_for_stars(words: str) -> None:
    assert Fault.STARS in faults(f"{words} {FINE[SendingWay.EMAIL]}")


@pytest.mark.parametrize(
    ("without", "fault"),
    [
        ("{brand}", Fault.NO_BRAND),
        ("{terms_url}", Fault.NO_TERMS),
        ("{privacy_url}", Fault.NO_PRIVACY),
        ("You can withdraw.", Fault.NO_WITHDRAWAL),
        ("{link}", Fault.NO_LINK),
    ],
)
def test_what_the_law_asks_for_may_not_be_left_out(without: str, fault: Fault) -> None:
    fine = FINE[SendingWay.EMAIL]
    assert faults(fine.replace(without, "")) == {fault}


def test_other_faults_are_named() -> None:
    public, fine = FINE[SendingWay.PUBLIC_REPLY], FINE[SendingWay.EMAIL]
    assert faults(public.replace("{hashtag}", ""), way=SendingWay.PUBLIC_REPLY) == {Fault.NO_HASHTAG}
    assert faults(f"{fine} {{discount}}") == {Fault.UNKNOWN_PLACEHOLDER}
    assert faults("  ") == {Fault.EMPTY}
    assert faults(fine, subject="") == {Fault.NO_SUBJECT}
    assert faults(fine, subject="x" * 161) == {Fault.SUBJECT_TOO_LONG}
    assert faults(fine + "x" * 8000) == {Fault.TOO_LONG}
    assert lint(way=SendingWay.EMAIL, language="fr", subject="s", text=fine) == (Finding(Fault.LANGUAGE, ("fr",)),)
    (long,) = lint(way=SendingWay.ASSISTED, language="en", subject="", text=public, message_limit=40, length=41)
    assert long == Finding(Fault.TOO_LONG, ("41", "40"))


@pytest.mark.parametrize("way", sorted(PUBLIC_WAYS))
@pytest.mark.parametrize("private", ["{link}", f"https://reviews.example/c/{TOKEN}", f"/c/{TOKEN}?lang=da"])
def test_a_private_page_never_stands_in_a_public_wording(way: SendingWay, private: str) -> None:
    assert Fault.LINK_IN_PUBLIC in faults(f"{FINE[way]} {private}", way=way)
    assert is_private(f"x {private}")
    assert not is_private("https://reviews.example/c/terms/linden-threads/2026-11?lang=en")


@pytest.mark.parametrize("language", ["en", "da"])
def test_every_fault_has_a_sentence_that_says_what_to_change(language: str) -> None:
    with translation.override(language):
        problems = problems_of(Finding(fault, ("one", "two")) for fault in Fault)
    assert [problem.code for problem in problems] == [fault.value for fault in Fault]
    assert all(problem.sentence.endswith(".") and "%(" not in problem.sentence for problem in problems)


@given(st.sampled_from(sorted(WORDINGS)), st.integers(0, 40))
def test_r8_the_turn_never_gives_the_same_wording_twice(code: str, rounds: int) -> None:
    one = WORDINGS[code]
    turns = [code]
    for number in range(rounds):
        language = LANGUAGES[number * 7 % 4]
        turns.append(next_wording(variants(one.family, language, reminder=one.reminder), turns[-1]).code)
    assert all(before != after for before, after in pairwise(turns))


def test_r8_every_variant_gets_its_turn() -> None:
    choice = variants(Family.DIRECT, "en")
    code, seen = "", []
    for _ in range(6):
        code = next_wording(choice, code).code
        seen.append(code)
    assert seen == ["en-direct-1", "en-direct-2", "en-direct-3"] * 2
    assert next_wording(variants(Family.DIRECT, "da"), "en-direct-2").code == "da-direct-3"
    assert next_wording(choice, "rtp_whatever").code == "en-direct-1"


@given(
    st.sampled_from([one for one in WORDINGS.values() if one.family is Family.PUBLIC]),
    st.text(max_size=40),
    st.text(max_size=40),
)
def test_what_a_value_says_is_never_read_as_a_placeholder(one: Wording, name: str, brand: str) -> None:
    text = filled(one, handle=f"{name}{{link}}", brand=f"{{link}}{brand}", link=f"https://x.example/c/{TOKEN}")
    assert TOKEN not in text


def test_characters_are_counted_as_the_platform_counts_them() -> None:
    text = "@ana@replay.example see https://reviews.linden.example/c/terms/linden-threads/2026-11"
    assert length_of(text, link_length=None) == len(text)
    assert length_of(text, link_length=23) == len("@ana see ") + 23


def test_every_way_has_a_family() -> None:
    assert set(FAMILIES) == set(SendingWay)
