"""Sentences in four languages, and the property that offsets never lie."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.text.passages import LONGEST_QUOTE, SHORTEST_QUOTE, passages
from assistant.text.segmentation import sentences

MARKS = st.sampled_from(list(".!?…;\n 😍👍\u200d\ufe0f\"'”)(-–3A") + ["...", "\n\n", " f.eks. ", " Dr. ", "\u0301"])
TEXTS = st.lists(st.one_of(MARKS, st.text(max_size=12)), max_size=60).map("".join)
LANGUAGES = st.sampled_from(["da", "nl", "de", "en", "fr"])


def cut(text: str, language: str = "en") -> list[str]:
    return [text[start:end] for start, end in sentences(text, language=language)]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "It fits. I like it!", ["It fits.", "I like it!"]),
        ("en", "love the shirt. it is soft. would buy again", ["love the shirt.", "it is soft.", "would buy again"]),
        ("en", "Great shirt.The fit is true.", ["Great shirt.", "The fit is true."]),
        ("en", "Too big!returned it", ["Too big!", "returned it"]),
        ("en", "I am 5.5 feet, e.g. not tall.", ["I am 5.5 feet, e.g. not tall."]),
        ("en", "Dr. Smith at J. Crew said no.", ["Dr. Smith at J. Crew said no."]),
        ("en", "Jeans, boots, etc. all work.", ["Jeans, boots, etc. all work."]),
        ("en", "Jeans, boots, etc. All work.", ["Jeans, boots, etc.", "All work."]),
        ("en", "See www.shop.dk or a.b.c for more.", ["See www.shop.dk or a.b.c for more."]),
        ("en", "So soft 😍 The fit is off 👍🏽", ["So soft 😍", "The fit is off 👍🏽"]),
        ("en", "Love it!!! 😍😍 Runs small.", ["Love it!!! 😍😍", "Runs small."]),
        ("en", 'She said "wow!" And left.', ['She said "wow!"', "And left."]),
        ("en", "too long... so i kept it", ["too long... so i kept it"]),
        ("en", "Too long... But I kept it.", ["Too long...", "But I kept it."]),
        ("en", "a line\nbroken off\n\nnext part", ["a line\nbroken off", "next part"]),
        ("da", "Den kom d. 3. maj. Den er f.eks. varm.", ["Den kom d. 3. maj.", "Den er f.eks. varm."]),
        ("da", "Den koster ca. 300 kr. og er bl.a. blød.", ["Den koster ca. 300 kr. og er bl.a. blød."]),
        ("nl", "Hij is o.a. warm, bijv. in de winter. Mooi!", ["Hij is o.a. warm, bijv. in de winter.", "Mooi!"]),
        ("de", "Am 3. Mai bestellt, z.B. in Gr. 40. Passt.", ["Am 3. Mai bestellt, z.B. in Gr. 40.", "Passt."]),
        ("de", "Passt ca. 2 cm zu eng! Schade.", ["Passt ca. 2 cm zu eng!", "Schade."]),
        ("en", "", []),
        ("en", " \n\t ", []),
    ],
)
def test_sentences_end_where_people_end_them(language: str, text: str, expected: list[str]) -> None:
    assert cut(text, language) == expected


def test_an_endless_sentence_is_cut_at_its_weak_ends() -> None:
    text = "i like the colour a lot and the sleeves are fine... " * 6
    assert all(len(part) <= LONGEST_QUOTE for part in cut(text))


@given(TEXTS, LANGUAGES)
def test_sentences_hold_every_character_that_is_not_white_space(text: str, language: str) -> None:
    found = sentences(text, language=language)
    inside = set()
    last = 0
    for start, end in found:
        assert last <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        inside.update(range(start, end))
        last = end
    assert all(position in inside or character.isspace() for position, character in enumerate(text))


@given(TEXTS, LANGUAGES)
def test_a_passage_is_a_verbatim_stretch_of_the_text(text: str, language: str) -> None:
    found = passages(text, language=language)
    assert [tuple(passage) for passage in found] == sorted(tuple(passage) for passage in found)
    for start, end in found:
        assert 0 <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end] != ""
    assert all(one.end <= other.start for one, other in zip(found, found[1:], strict=False))
    assert "".join("".join(text[p.start : p.end].split()) for p in found) == "".join(text.split())


def test_short_sentences_travel_with_their_neighbour() -> None:
    text = "Love it! The fabric is soft and warm, just as I had hoped. Runs small."
    assert [text[p.start : p.end] for p in passages(text)] == [text]


def test_sentences_of_a_good_length_stay_apart() -> None:
    one = "The fabric is soft and warm, just as I had hoped."
    other = "The sleeves are far too long for somebody like me."
    assert [p.length for p in passages(f"{one} {other}")] == [len(one), len(other)]
    assert SHORTEST_QUOTE <= len(one) <= LONGEST_QUOTE


def test_a_stray_mark_never_becomes_a_passage_of_its_own() -> None:
    text = "The description of the fabric was wrong in every way I can think of!  . no"
    assert len(passages(text)) == 1
