"""Four languages for people outside, two for the studio, and no page that is half of each."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from project.core.languages import first_known, public_languages, studio_languages
from project.core.management.commands.translations import all_messages, is_public
from tests.factories import make_personas
from tests.rights.author import Asked

TITLES = {
    "en": "May Linden show what you wrote?",
    "da": "Må Linden vise det, du skrev?",
    "nl": "Mag Linden tonen wat je schreef?",
    "de": "Darf Linden zeigen, was du geschrieben hast?",
}


def test_which_languages_there_are() -> None:
    assert public_languages() == ("en", "da", "nl", "de")
    assert studio_languages() == ("en", "da")


def test_the_first_language_that_is_known_is_taken_by_its_primary_tag() -> None:
    assert first_known(["fr", "de-AT", "da"], ("en", "da", "de")) == "de"
    assert first_known(["DA_dk"], ("en", "da")) == "da"
    assert first_known(["", "*", "fr"], ("en", "da")) is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("nl", "en"),
        ("de-DE,de;q=0.9", "en"),
        ("nl,da;q=0.8", "da"),
        ("da-DK", "da"),
        ("fr", "en"),
        ("", "en"),
        ("nl;q=nonsense,,;", "en"),
    ],
)
@pytest.mark.parametrize("name", ["queue", "rights", "settings"])
def test_the_studio_speaks_its_own_languages_all_of_it(name: str, accepts: str, language: str) -> None:
    people = make_personas()
    bob = Client(HTTP_ACCEPT_LANGUAGE=accepts)
    bob.force_login(people.bob)
    own = Client(HTTP_ACCEPT_LANGUAGE=language)
    own.force_login(people.bob)
    address = reverse(f"studio:{name}", args=[people.shop.slug])
    page = bob.get(address)
    assert page["Content-Language"] == language
    assert f'<html lang="{language}"' in page.content.decode()
    assert without_secrets(page.content) == without_secrets(own.get(address).content)


def without_secrets(page: bytes) -> list[bytes]:
    """The lines of a page but those with a token of this very answer."""
    return [line for line in page.splitlines() if b"csrf" not in line.lower()]


@pytest.mark.django_db
def test_sign_in_and_the_api_speak_the_studios_languages() -> None:
    dutch = Client(HTTP_ACCEPT_LANGUAGE="nl")
    assert dutch.get(reverse("account_login"))["Content-Language"] == "en"
    assert dutch.get("/api/v1/docs/")["Content-Language"] == "en"


@pytest.mark.django_db
@pytest.mark.parametrize("language", TITLES)
def test_the_authors_page_speaks_the_language_that_the_author_was_asked_in(language: str) -> None:
    asked = Asked()
    asked.change_request(language=language)
    page = Client(HTTP_ACCEPT_LANGUAGE="da").get(asked.url)
    assert TITLES[language] in page.content.decode()
    assert f'<html lang="{language}"' in page.content.decode()
    assert page["Content-Language"] == language


@pytest.mark.django_db
@pytest.mark.parametrize("language", TITLES)
def test_a_link_on_the_page_changes_its_language_and_sets_no_cookie(language: str) -> None:
    asked, ana = Asked(), Client()
    page = ana.get(asked.url).content.decode()
    assert f'href="{asked.url}?lang={language}"' in page
    changed = ana.get(asked.url, {"lang": language})
    assert TITLES[language] in changed.content.decode()
    assert not changed.cookies
    answered = ana.post(f"{asked.url}?lang={language}", {"answer": "decline"})
    assert answered["Location"] == f"{asked.url}?lang={language}"


@pytest.mark.django_db
@pytest.mark.parametrize("asked_in", ["", "fr"])
def test_without_a_language_of_ours_the_browsers_counts(asked_in: str) -> None:
    asked = Asked()
    asked.change_request(language=asked_in)
    for accepts, language in (("de-DE,en;q=0.5", "de"), ("fr", "en")):
        page = Client(HTTP_ACCEPT_LANGUAGE=accepts).get(asked.url, {"lang": "<script>"}).content.decode()
        assert TITLES[language] in page
        assert "<script" not in page


@pytest.mark.django_db
def test_a_wrong_link_and_an_unknown_address_answer_in_the_browsers_language() -> None:
    german = Client(HTTP_ACCEPT_LANGUAGE="de")
    assert "Dieser Link funktioniert nicht" in german.get("/c/" + "x" * 43).content.decode()
    assert "Unter dieser Adresse gibt es nichts" in german.get("/nothing-here").content.decode()


def test_every_public_text_exists_in_every_language_and_every_text_in_the_studios() -> None:
    call_command("translations", "--check", "--json")


def test_what_authors_and_shoppers_read_is_public_and_what_staff_read_is_not() -> None:
    files = {message.file for message in all_messages(settings.BASE_DIR)}
    public = {file for file in files if is_public(file)}
    assert "project/rights/templates/rights/form.html" in public
    assert {"widgets/labels.py", "assistant/labels.py", "assistant/answers/messages.py"} <= public
    assert not any(file.startswith(("project/studio/views", "project/shops", "project/collection")) for file in public)
    assert not any(file.startswith("project/rights/api") for file in public)
