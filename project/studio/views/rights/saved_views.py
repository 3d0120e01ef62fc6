"""Saving and deleting a view of the queue. Reading is enough: a view is its owner's own and shows nothing new."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from project.core.errors import InvalidInput, NotFound
from project.studio.access import Desk, shop_page
from project.studio.rights_filters import rights_filters
from project.studio.saved import drop_view, keep_view

QUEUE = "rights"


@shop_page(methods=("POST",))
def save_view(request: HttpRequest, desk: Desk) -> HttpResponse:
    # Only what the page's filters know is kept, so a view can never lead elsewhere.
    query = rights_filters(QueryDict(request.POST.get("query", "")[:1000])).query
    try:
        keep_view(
            shop_id=desk.shop.id, actor_id=desk.actor_id, page=QUEUE, name=request.POST.get("name", ""), query=query
        )
    except InvalidInput as error:
        messages.warning(request, error.message)
    else:
        messages.success(request, _("The view is saved."))
    address = reverse("studio:rights", args=[desk.shop.slug])
    return HttpResponseRedirect(f"{address}?{query}" if query else address)


@shop_page(methods=("POST",))
def delete_view(request: HttpRequest, desk: Desk, view: str) -> HttpResponse:
    try:
        drop_view(shop_id=desk.shop.id, actor_id=desk.actor_id, view_id=view)
    except NotFound as error:  # deleted in another tab, or somebody else's
        messages.warning(request, error.message)
    else:
        messages.success(request, _("The view is deleted."))
    return HttpResponseRedirect(reverse("studio:rights", args=[desk.shop.slug]))
