"""The new items of an open queue, as cards to be put below what is there."""

from django.http import HttpRequest, HttpResponse

from project.studio.access import Desk, shop_page
from project.studio.arrivals import arrivals_of, new_items
from project.studio.cards import cards_of
from project.studio.frame import piece
from project.studio.views.content import reasons_context

# One press puts so many below; the bar then says how many are left.
AT_ONCE = 50


@shop_page()
def queue_new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The new items as cards for the end of the open queue, the longest waiting first, and what is left of them."""
    rows = list(new_items(request.GET, desk)[:AT_ONCE])
    query = request.GET.copy()
    query["on"] = ",".join([query.get("on", ""), *(row.public_id for row in rows)])
    context = {
        "cards": cards_of(rows, with_media=True),
        "arrivals": arrivals_of(query, desk),
        **reasons_context(),
    }
    return piece(request, desk, "studio/content/queue_new.html", context)
