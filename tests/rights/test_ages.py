"""From which age an author agrees for themselves: the table, and what it makes of an answer."""

import re
from datetime import date

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from project.rights.ages import AGES, DEFAULT, STEPS, AgeProof, age_proof, consent_age, is_old_enough, needs_country
from project.rights.contracts import Channel
from tests.rights.author import EVERYWHERE, Asked, answer

TABLE = {
    "DK": 15,
    "NL": 16,
    "DE": 16,
    "SE": 13,
    "FR": 15,
    "ES": 14,
    "IT": 14,
    "US": 13,
    "GB": 13,
    "AT": 14,
    "BE": 13,
    "FI": 13,
    "IE": 16,
    "PL": 16,
    "NO": 13,
}


@pytest.mark.parametrize(("country", "age"), TABLE.items())
def test_l12_the_age_table_says_fifteen_for_denmark_and_sixteen_for_the_netherlands(country: str, age: int) -> None:
    entry = consent_age(country)
    assert entry.age == age
    assert consent_age(country.lower()) == entry
    assert entry.source
    assert entry.since <= date(2026, 11, 25)


def test_every_row_of_the_table_is_checked_and_others_are_sixteen() -> None:
    assert set(AGES) == set(TABLE)
    assert consent_age("XX") == consent_age("") == DEFAULT
    assert DEFAULT.age == 16
    assert AGES["DK"].since == date(2024, 1, 1)


@given(st.sampled_from([0, *STEPS]), st.sampled_from([*AGES, "ZZ"]), st.booleans())
def test_nobody_too_young_is_let_through_without_a_guardian(reached: int, country: str, guardian: bool) -> None:
    proof = age_proof(reached, country, guardian_confirmed=guardian)
    if reached >= consent_age(country).age:
        assert proof is AgeProof.OLD_ENOUGH
    else:
        assert proof is (AgeProof.GUARDIAN if guardian else None)


@given(st.sampled_from([*AGES, "ZZ"]))
def test_a_country_is_asked_for_only_where_it_decides(country: str) -> None:
    assert is_old_enough(max(STEPS), country)
    assert not is_old_enough(0, country)
    assert not needs_country(max(STEPS))
    assert not needs_country(0)
    assert all(needs_country(step) for step in STEPS[1:])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("country", "age", "status"), [("DK", 15, 303), ("DK", 14, 400), ("NL", 15, 400), ("SE", 13, 303)]
)
def test_l12_the_page_lets_a_young_author_decide_where_the_law_does(country: str, age: int, status: int) -> None:
    asked = Asked()
    response = answer(Client(), asked.url, channel=["site"], age=str(age), country=country)
    assert response.status_code == status
    assert asked.shows_on(Channel.SITE) == (status == 303)
    if status == 400:
        page = response.content.decode()
        assert f"people under {TABLE[country]} need a parent or guardian" in page
        assert 'value="site" checked' in page
        assert asked.state() == "sent"


@pytest.mark.django_db
def test_a_guardian_stands_by_an_author_who_is_too_young() -> None:
    asked = Asked()
    assert answer(Client(), asked.url, channel=["site"], age="0").status_code == 400
    assert answer(Client(), asked.url, channel=["site"], age="0", guardian="yes").status_code == 303
    assert '"age":"guardian"' in asked.ledger()


@pytest.mark.django_db
def test_neither_age_nor_country_is_kept_anywhere() -> None:
    asked = Asked()
    answer(Client(), asked.url, channel=["site"], age="15", country="FR")
    (consent,) = asked.consents()
    kept = repr({**vars(consent), **vars(asked.row()), **vars(asked.licence())}) + asked.ledger()
    assert '"age":"old_enough"' in kept
    assert re.search(r"\bFR\b", kept) is None  # within a random id the letters may stand
    assert '"age":15' not in kept


PICTURED = {"people": "author_only", "works": "none"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "granted"),
    [
        (PICTURED, ["paid_ads", "product_page", "site"]),
        ({"people": "others_consented", "works": "cleared"}, ["paid_ads", "product_page", "site"]),
        ({"people": "unknown", "works": "none"}, ["site"]),
        ({"people": "author_only", "works": "unknown"}, ["site"]),
        ({**PICTURED, "child": "yes", "child_guardian": "yes"}, ["paid_ads", "product_page", "site"]),
    ],
    ids=str,
)
def test_l12_unknown_people_or_works_keep_a_picture_from_ads_and_product_pages(
    said: dict[str, str], granted: list[str]
) -> None:
    asked = Asked(channels=EVERYWHERE, with_picture=True)
    places = ["site", "product_page", "paid_ads"]
    assert answer(Client(), asked.url, channel=places, **said).status_code == 303
    assert sorted(asked.licence().channels) == granted
    assert asked.shown_places() == {Channel(place) for place in granted}
    assert asked.licence().people_depicted == said["people"]
    assert asked.licence().minor_depicted == ("child" in said)


@pytest.mark.django_db
def test_l12_a_child_without_a_guardian_keeps_a_picture_from_ads_but_not_from_the_site() -> None:
    asked = Asked(channels=EVERYWHERE, with_picture=True)
    refused = answer(Client(), asked.url, channel=["site", "paid_ads"], child="yes", **PICTURED)
    assert refused.status_code == 400
    assert "guardian’s yes" in refused.content.decode()
    assert answer(Client(), asked.url, channel=["site"], child="yes", **PICTURED).status_code == 303
    assert asked.shown_places() == {Channel.SITE}
    assert (asked.licence().minor_depicted, asked.licence().guardian_consented) == (True, False)


@pytest.mark.django_db
def test_a_young_author_in_their_own_picture_is_a_minor_in_it() -> None:
    asked = Asked(channels=EVERYWHERE, with_picture=True)
    answer(Client(), asked.url, channel=["paid_ads"], age="0", guardian="yes", **PICTURED)
    assert (asked.licence().minor_depicted, asked.licence().guardian_consented) == (True, True)


@pytest.mark.django_db
def test_who_is_in_the_picture_is_asked_where_there_is_one_and_it_matters() -> None:
    words = Asked(channels=EVERYWHERE)
    assert "Who is in the picture?" not in Client().get(words.url).content.decode()
    assert answer(Client(), words.url, channel=["product_page"]).status_code == 303
    pictured = Asked(channels=EVERYWHERE, with_picture=True)
    assert "Who is in the picture?" in Client().get(pictured.url).content.decode()
    refused = answer(Client(), pictured.url, channel=["product_page"])
    assert refused.status_code == 400
    assert "Product pages and ads need to know" in refused.content.decode()
    only_unknown = answer(Client(), pictured.url, channel=["product_page"], people="unknown", works="none")
    assert only_unknown.status_code == 400
    assert pictured.state() == "sent"
    assert answer(Client(), pictured.url, channel=["site"]).status_code == 303
    assert pictured.licence().people_depicted == "unknown"
