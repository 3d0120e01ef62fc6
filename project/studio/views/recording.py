"""Recording a right that the shop holds without having asked: its own, attested, or an open licence."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from project.content import selectors as content
from project.core.errors import NotFound, VouchsafeError
from project.rights import selectors as rights
from project.rights import services
from project.rights.contracts import Basis
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.cards import cards_of
from project.studio.forms import RecordForm, add_errors
from project.studio.frame import page


@shop_page(Action.RECORD_LICENCE, methods=("GET", "POST"))
def record(request: HttpRequest, desk: Desk, item: str) -> HttpResponse:
    """Say on which ground, where and for how long; the licence that is recorded has its own page."""
    row = content.item_by_public_id(item)
    if row is None:
        raise NotFound(_("There is no such content in this shop."))
    card = cards_of([row], with_media=True)[0]
    initial = {"markets": ", ".join(desk.shop.markets)}
    form = RecordForm(request.POST or None, initial=initial, has_pictures=bool(card.pictures or card.fetching))
    if request.method == "POST" and form.is_valid():
        try:
            licence = services.record_licence(
                shop_id=desk.shop.id,
                actor_id=desk.actor_id,
                basis=Basis(form.cleaned_data["basis"]),
                item_ids=[item],
                terms=form.terms(),
            )
        except VouchsafeError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Recorded. This is the licence."))
            return HttpResponseRedirect(reverse("studio:licence", args=[desk.shop.slug, licence.public_id]))
    context = {"card": card, "form": form, "author_refused": bool(rights.refused_by_author([row.pk]))}
    return page(request, desk, "studio/rights/record.html", "rights", context, status=400 if form.errors else 200)
