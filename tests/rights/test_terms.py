"""R4: the terms shown are the terms stored, letter by letter; new terms leave old grants alone."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from project.core.scope import shop_scope
from project.rights import terms
from project.rights.models import TermsText
from project.rights.services import terms_text
from project.shops.services import update_shop
from tests.rights.author import Asked, answer, terms_on

LANGUAGES = ("da", "de", "en", "nl")
NEW_CLAUSE = "9. Both sides may end this by a letter."


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.mark.django_db
@pytest.mark.parametrize("language", LANGUAGES)
def test_r4_the_terms_shown_are_the_terms_stored(language: str, asked: Asked) -> None:
    url = f"{asked.url}?lang={language}"
    shown = terms_on(Client().get(url).content.decode())
    assert "Linden" in shown
    assert answer(Client(), url, channel=["site"]).status_code == 303
    digest = hashlib.sha256(shown.encode()).hexdigest()
    with shop_scope(asked.people.shop.id):
        stored = TermsText.objects.get(sha256=digest)
    assert (stored.text, stored.sha256, stored.locale, stored.version) == (shown, digest, language, terms.CURRENT)
    licence, (consent,) = asked.licence(), asked.consents()
    assert licence.terms_sha256 == consent.terms_sha256 == digest
    assert (licence.terms_locale, licence.terms_version) == (language, terms.CURRENT)
    assert digest in asked.ledger()
    address = urlsplit(licence.terms_url)
    assert licence.terms_url.startswith(settings.PUBLIC_URL)
    assert terms_on(Client().get(f"{address.path}?{address.query}").content.decode()) == shown


@pytest.mark.django_db
def test_r4_changed_terms_leave_old_grants_alone(asked: Asked) -> None:
    before = terms_on(Client().get(asked.url).content.decode())
    answer(Client(), asked.url, channel=["site"])
    shop, other = asked.people.shop, Asked(people=asked.people)
    update_shop(shop_id=shop.id, actor_id=None, name="Lime", locale="en", markets=["DK"], time_zone="UTC", website="")
    assert terms_on(Client().get(asked.url).content.decode()) == before
    assert "Lime" in terms_on(Client().get(other.url).content.decode())
    answer(Client(), other.url, channel=["site"])
    with shop_scope(shop.id):
        texts = dict(TermsText.objects.values_list("sha256", "text"))
    assert texts[asked.licence().terms_sha256] == before
    assert asked.licence().terms_sha256 != other.licence().terms_sha256


@pytest.fixture
def new_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Publishes a further version as CONTRIBUTING.md says: a new folder beside the old one, and a new ``CURRENT``."""
    folder = tmp_path / "terms"
    shutil.copytree(Path(terms.__file__).parent, folder)
    caches = (terms.versions, terms.languages, terms._template)

    def publish() -> str:
        version = "2031-05"
        shutil.copytree(folder / terms.CURRENT, folder / version)
        for path in (folder / version).glob("*.txt"):
            path.write_text(f"{path.read_text(encoding='utf-8').rstrip()}\n\n{NEW_CLAUSE}\n", encoding="utf-8")
        monkeypatch.setattr(terms, "_FOLDER", folder)
        for place in ("terms.CURRENT", "services.asking.TERMS_VERSION", "services.messages.TERMS_VERSION"):
            monkeypatch.setattr(f"project.rights.{place}", version)
        for cache in caches:
            cache.cache_clear()
        return version

    yield publish
    for cache in caches:
        cache.cache_clear()


@pytest.mark.django_db
def test_r4_a_new_version_leaves_grants_and_open_questions_under_the_one_they_were_made_with(
    asked: Asked, new_version: Callable[[], str]
) -> None:
    old = terms.CURRENT
    waiting = Asked(people=asked.people)
    before = terms_on(Client().get(asked.url).content.decode())
    assert answer(Client(), asked.url, channel=["site"]).status_code == 303
    new = new_version()
    later = Asked(people=asked.people)

    # Whoever was asked before answers what they were asked; whoever is asked from now on reads the new text.
    assert terms_on(Client().get(waiting.url).content.decode()) == before
    assert answer(Client(), waiting.url, channel=["site"]).status_code == 303
    after = terms_on(Client().get(later.url).content.decode())
    assert after == f"{before}\n\n{NEW_CLAUSE}"
    assert answer(Client(), later.url, channel=["site"]).status_code == 303

    assert [one.licence().terms_version for one in (asked, waiting, later)] == [old, old, new]
    hashes = [terms.text_hash(text) for text in (before, before, after)]
    assert [one.licence().terms_sha256 for one in (asked, waiting, later)] == hashes
    with shop_scope(asked.people.shop.id):
        texts = dict(TermsText.objects.values_list("sha256", "text"))
    assert (texts[hashes[0]], texts[hashes[2]]) == (before, after)
    # The address in each licence goes on showing what was agreed to under it.
    for one, text in ((asked, before), (later, after)):
        address = urlsplit(one.licence().terms_url)
        assert terms_on(Client().get(f"{address.path}?{address.query}").content.decode()) == text


@pytest.mark.django_db
def test_opening_the_page_stores_no_terms_and_asking_twice_stores_them_once(asked: Asked) -> None:
    shop_id = asked.people.shop.id
    Client().get(f"{asked.url}?lang=nl")
    with shop_scope(shop_id):
        # Those that the question linked, in its own language; looking in another one stores nothing.
        assert TermsText.objects.values_list("locale", flat=True).get() == "en"
    first, second = (terms_text(shop_id=shop_id, version=terms.CURRENT, locale="nl") for _ in range(2))
    assert first.pk == second.pk


@pytest.mark.parametrize("version", terms.versions())
def test_every_version_speaks_every_language_and_says_the_same_number_of_things(version: str) -> None:
    assert terms.languages(version) == LANGUAGES
    texts = [terms.terms(version=version, locale=code, shop="A", website="").text for code in LANGUAGES]
    assert len(set(texts)) == len(LANGUAGES)
    assert {text.count("\n\n") for text in texts} == {texts[0].count("\n\n")}
    assert all("{" not in text and '"' not in text for text in texts)


def test_a_version_that_does_not_exist_is_the_current_one_and_a_language_english() -> None:
    found = terms.terms(version="1999-01", locale="fr", shop="A", website="")
    assert (found.version, found.locale) == (terms.CURRENT, "en")


def test_a_shop_may_be_called_like_a_placeholder() -> None:
    text = terms.terms(version=terms.CURRENT, locale="en", shop="{at}", website="https://x.example").text
    assert "{at} (https://x.example)" in text


def test_a_published_version_is_never_edited() -> None:
    folder = Path(terms.__file__).parent / "2026-11"
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.txt")))).hexdigest()
    assert digest == "e4a8411ec9fffce9bd6f8755eb3629d47eb17a82c839dc9c38e83b13a0016f18"


@pytest.mark.django_db
def test_terms_and_privacy_notice_can_be_read_by_everybody_without_a_link(asked: Asked) -> None:
    slug, vera = asked.people.shop.slug, Client()
    for name, arguments in (("terms_now", [slug]), ("terms", [slug, terms.CURRENT]), ("privacy", [slug])):
        response = vera.get(reverse(f"rights:{name}", args=arguments))
        assert response.status_code == 200
        assert not response.cookies
        assert "Linden" in response.content.decode()
        assert vera.post(reverse(f"rights:{name}", args=arguments)).status_code == 405
    assert vera.get(reverse("rights:terms", args=[slug, "1999-01"])).status_code == 404
    assert vera.get(reverse("rights:privacy", args=["nobody"])).status_code == 404
    page = vera.get(reverse("rights:privacy", args=[slug]), {"lang": "de"}).content.decode()
    assert "Datenschutzhinweise" in page
    assert "Art. 6 Abs. 1 lit. a" in page
