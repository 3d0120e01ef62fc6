"""The wordings that authors are asked with: Vouchsafe's own to read, the shop's to add and to put away."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from project.core.errors import VouchsafeError
from project.rights import desk as rights_desk
from project.rights import services
from project.rights.contracts import SendingWay
from project.rights.request_rules import LANGUAGES as ASKED_IN
from project.rights.wordings import FAMILIES, variants
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.ask_forms import WordingForm
from project.studio.asking_labels import WAYS
from project.studio.forms import add_errors
from project.studio.frame import next_url, page
from project.studio.labels import LANGUAGES
from project.studio.views.rights.tabs import tabs_context


@shop_page()
def wordings(request: HttpRequest, desk: Desk) -> HttpResponse:
    return _page(request, desk, request.GET.get("way", ""), request.GET.get("language", ""))


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def save_wording(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Keep a wording, or say what about it has to change first."""
    form = WordingForm(request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            services.save_template(
                shop_id=desk.shop.id,
                actor_id=desk.actor_id,
                way=SendingWay(values["way"]),
                language=values["language"],
                subject=values["subject"],
                text=values["text"],
            )
        except VouchsafeError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Kept. It takes its turn from now on."))
            address = reverse("studio:wordings", args=[desk.shop.slug])
            return HttpResponseRedirect(f"{address}?way={values['way']}&language={values['language']}")
    return _page(request, desk, request.POST.get("way", ""), request.POST.get("language", ""), form=form)


@shop_page(Action.ASK_PERMISSION, methods=("POST",))
def retire_wording(request: HttpRequest, desk: Desk, wording: str) -> HttpResponse:
    services.retire_template(shop_id=desk.shop.id, actor_id=desk.actor_id, template_id=wording)
    messages.success(request, _("Put away. Requests that used it keep their words."))
    return HttpResponseRedirect(next_url(request, reverse("studio:wordings", args=[desk.shop.slug])))


def _page(
    request: HttpRequest, desk: Desk, way: str, language: str, *, form: WordingForm | None = None
) -> HttpResponse:
    way = way if way in set(SendingWay) else SendingWay.PRIVATE_LINK.value
    language = language if language in ASKED_IN else _spoken(desk)
    family = FAMILIES[SendingWay(way)]
    if form is None and desk.can[Action.ASK_PERMISSION]:
        form = WordingForm(initial={"way": way, "language": language})
    choices: list[dict[str, Any]] = [
        {"name": "way", "label": _("Way"), "value": way, "options": [(each.value, WAYS[each]) for each in SendingWay]},
        {
            "name": "language",
            "label": _("Language"),
            "value": language,
            "options": [(code, LANGUAGES[code]) for code in ASKED_IN],
        },
    ]
    context = {
        "tab": "wordings",
        "choices": choices,
        "language": language,
        "own": [_read(row, language) for row in rights_desk.own_wordings().filter(way=way, language=language)],
        "brought": [_read(each, language) for each in variants(family, language)],
        "reminders": [_read(each, language) for each in variants(family, language, reminder=True)],
        "form": form,
        **tabs_context(),
    }
    is_bad = form is not None and form.is_bound
    return page(request, desk, "studio/rights/wordings.html", "rights", context, status=400 if is_bad else 200)


def _read(wording: Any, language: str) -> dict[str, Any]:
    """A wording as it stands and as an author would read it."""
    return {
        "wording": wording,
        "subject": rights_desk.example_of(wording.subject, language),
        "text": rights_desk.example_of(wording.text, language),
    }


def _spoken(desk: Desk) -> str:
    primary = desk.shop.locale.partition("-")[0]
    return primary if primary in ASKED_IN else ASKED_IN[0]
