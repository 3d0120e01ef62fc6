"""Which language a page speaks: four for people outside, two for the studio; chosen per request, without a cookie."""

from collections.abc import Iterable

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header


def public_languages() -> tuple[str, ...]:
    """Codes of the languages in which authors and shoppers are spoken to."""
    return tuple(code for code, _name in settings.LANGUAGES)


def studio_languages() -> tuple[str, ...]:
    """Codes of the languages in which every text of the studio exists."""
    return tuple(code for code, _name in settings.VOUCHSAFE_STUDIO_LANGUAGES)


def first_known(wanted: Iterable[str], known: tuple[str, ...]) -> str | None:
    """The first of ``wanted`` that is known, by its primary tag: ``da-DK`` is ``da``."""
    for tag in wanted:
        primary = tag.lower().replace("_", "-").partition("-")[0]
        if primary in known:
            return primary
    return None


def accepted_language(request: HttpRequest, known: tuple[str, ...]) -> str:
    """The best of the known languages for a browser, else English."""
    accepted = (tag for tag, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")))
    return first_known(accepted, known) or settings.LANGUAGE_CODE


class LanguageMiddleware(LocaleMiddleware):
    """The language of the browser, of those that the room speaks: the studio's, or under every other path all.

    A Dutch browser gets the studio in English, all of it; one that takes Danish next gets it in Danish.
    """

    def process_request(self, request: HttpRequest) -> None:
        in_studio = request.path_info.startswith(settings.VOUCHSAFE_STUDIO_PATHS)
        language = accepted_language(request, studio_languages() if in_studio else public_languages())
        translation.activate(language)
        request.LANGUAGE_CODE = translation.get_language()
