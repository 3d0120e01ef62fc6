"""Copies outside that follow a withdrawal: a content delivery network in front of us, and what search engines hold.

Both are asked only where the installation says so. An answer that is not a success raises, and the outbox asks again.
"""

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from project.content.events import MediaReplaced
from project.core.errors import NotFound
from project.core.events import StoredEvent
from project.core.outbox import subscriber
from project.core.outgoing import Limits, OutgoingFailed, fetch
from project.rights.events import AuthorErased, HoldOpened, LicenceExpired, LicenceWithdrawn
from project.rights.pictures import file_addresses, picture_addresses
from widgets.addresses import wall_base
from widgets.selectors import hosted_wall_id, widgets

WITHDRAWING = (LicenceWithdrawn.name, LicenceExpired.name, HoldOpened.name)
# Both name files whose rows are gone by the time that anybody hears of them.
WITHOUT_ROWS = (AuthorErased.name, MediaReplaced.name)
LIMITS = Limits(max_bytes=100_000, timeout=10.0)


@subscriber(
    "widgets.purge_cdn",
    *WITHDRAWING,
    *WITHOUT_ROWS,
    outside=True,
    enabled=lambda: bool(settings.VOUCHSAFE_CDN_PURGE_URL),
)
def purge_cdn(event: StoredEvent) -> None:
    """Have the network forget everything under the shop's widgets, and the items' pictures."""
    walls = [wall_base(widget_id) for widget_id in widgets().values_list("public_id", flat=True)]
    body: dict[str, object] = {"prefixes": sorted(walls), "urls": _pictures(event)}
    token = settings.VOUCHSAFE_CDN_PURGE_TOKEN
    _post(settings.VOUCHSAFE_CDN_PURGE_URL, body, {"Authorization": f"Bearer {token}"} if token else {})


@subscriber("widgets.index_now", *WITHDRAWING, outside=True, enabled=lambda: bool(settings.VOUCHSAFE_INDEXNOW_KEY))
def tell_search_engines(event: StoredEvent) -> None:
    """Tell search engines that the wall and the items' own pages changed (indexnow.org)."""
    wall = hosted_wall_id()
    if wall:
        _post(settings.VOUCHSAFE_INDEXNOW_URL, _index_now(wall_base(wall), event.data["item_ids"]), {})


@require_safe
def index_now_key(request: HttpRequest, key: str) -> HttpResponse:
    """``GET /{key}.txt``: what proves to search engines that the message is ours. 404 for any other name."""
    if not settings.VOUCHSAFE_INDEXNOW_KEY or key != settings.VOUCHSAFE_INDEXNOW_KEY:
        raise NotFound(_("There is nothing here under this address."))
    return HttpResponse(key, content_type="text/plain; charset=utf-8")


def _pictures(event: StoredEvent) -> list[str]:
    if event.name in WITHOUT_ROWS:
        return file_addresses(event.data["files"])
    return picture_addresses(event.data["item_ids"])


def _index_now(wall: str, item_ids: Sequence[str]) -> dict[str, object]:
    key = settings.VOUCHSAFE_INDEXNOW_KEY
    return {
        "host": urlsplit(settings.PUBLIC_URL).netloc,
        "key": key,
        "keyLocation": f"{settings.PUBLIC_URL}/{key}.txt",
        "urlList": [wall, *(f"{wall}?item={item_id}" for item_id in item_ids)],
    }


def _post(url: str, body: dict[str, object], credentials: dict[str, str]) -> None:
    answer = fetch(
        url,
        method="POST",
        content=json.dumps(body).encode(),
        headers={"Content-Type": "application/json; charset=utf-8"},
        credentials=credentials,
        accept=("*/*",),
        limits=LIMITS,
    )
    if not 200 <= answer.status < 300:
        raise OutgoingFailed("status", _("The other server answered %(status)d.") % {"status": answer.status})
