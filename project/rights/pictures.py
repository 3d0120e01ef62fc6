"""Pictures of content, served under random names: to everybody once staff has approved them and while the gate lets
their item pass, to staff of the shop always, and to the author by the signed address on their own page.

A picture is a copy that no script watches, so it may be cached for a minute at most (DESIGN: max-age=60).
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core import signing
from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from project.content import selectors as content
from project.core.errors import NotFound
from project.core.lookups import shop_of_media_file
from project.core.scope import shop_scope
from project.rights import gate
from project.shops.rules import Action
from project.shops.selectors import may_in

PREVIEW_SECONDS = 15 * 60
_SALT = "vouchsafe.rights.picture"
_TYPES = {".webp": "image/webp", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png"}


def picture_path(file: str) -> str:
    """The public address of a picture, from the site's root."""
    return f"{settings.MEDIA_URL}{file}"


def picture_addresses(item_ids: Sequence[str]) -> list[str]:
    """The public addresses of these items' pictures (public ids), whether they are shown now or not: copies of them
    may be anywhere. In the shop's scope."""
    pks = list(content.items().filter(public_id__in=item_ids).values_list("pk", flat=True))
    return file_addresses(entry.file for entries in content.media_of(pks).values() for entry in entries if entry.file)


def file_addresses(files: Iterable[str]) -> list[str]:
    """The public addresses of pictures by the names of their files, for which there may be no row any more."""
    return sorted(f"{settings.PUBLIC_URL}{picture_path(file)}" for file in files)


def preview_path(file: str) -> str:
    """An address for the author's page: good for 15 minutes, whatever the gate says."""
    return f"{picture_path(file)}?t={quote(signing.TimestampSigner(salt=_SALT).sign(file))}"


@require_safe
def picture(request: HttpRequest, file: str) -> HttpResponseBase:
    """``GET /media/<file>``; 404 for what does not exist and for what this visitor may not see, alike."""
    shop_id = shop_of_media_file(file)
    kind = _TYPES.get(Path(file).suffix)
    if shop_id is None or kind is None:
        raise _missing()
    with shop_scope(shop_id):
        media = content.media_by_file(file)
    if media is None:
        raise _missing()
    if gate.is_picture_shown(file, shop_id, timezone.now()):
        cache = "public, max-age=60, must-revalidate"
    elif _is_authors(request, file) or _is_staffs(request, shop_id):
        cache = "private, no-store"
    else:
        raise _missing()
    return _answer(file, kind, cache)


def _answer(file: str, kind: str, cache: str) -> HttpResponseBase:
    try:
        response = FileResponse((Path(settings.MEDIA_ROOT) / file).open("rb"), content_type=kind)
    except OSError as error:
        raise _missing() from error
    response["Cache-Control"] = cache
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _is_authors(request: HttpRequest, file: str) -> bool:
    try:
        signed = signing.TimestampSigner(salt=_SALT).unsign(request.GET.get("t", ""), max_age=PREVIEW_SECONDS)
    except signing.BadSignature:
        return False
    return signed == file


def _is_staffs(request: HttpRequest, shop_id: int) -> bool:
    return request.user.is_authenticated and may_in(shop_id, request.user, Action.READ)


def _missing() -> NotFound:
    return NotFound(_("There is no such picture."))
