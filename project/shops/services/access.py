"""API keys and allowed origins."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import Conflict, InvalidInput, NotFound
from project.core.hashing import token_hash
from project.core.ids import new_public_id, new_token
from project.shops.contracts import NewKey
from project.shops.events import ShopChanged
from project.shops.models import AllowedOrigin, ApiKey
from project.shops.rules import PUBLISHABLE_SCOPES, KeyScope, normalise_origin

ROTATION_OVERLAP = timedelta(hours=24)
LAST_USED_PRECISION = timedelta(minutes=5)
SHOWN_PREFIX_LENGTH = 8


def create_api_key(
    *, shop_id: int, actor_id: int | None, name: str, publishable: bool, scopes: Iterable[str] = ()
) -> NewKey:
    """A new key. Publishable ones read what is published and nothing else, whatever scopes are asked for."""
    try:
        wanted = PUBLISHABLE_SCOPES if publishable else frozenset(KeyScope(scope) for scope in scopes)
    except ValueError as error:
        raise InvalidInput(_("One of these scopes does not exist."), fields={"scopes": []}) from error
    if not name.strip() or not wanted:
        raise InvalidInput(
            _("Give the key a name and at least one scope."),
            fields={"name": [] if name.strip() else [_("Needed.")], "scopes": [] if wanted else [_("Needed.")]},
        )
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        made = _store_key(name=name.strip()[:80], publishable=publishable, scopes=wanted)
        unit.audit("api_key.created", "api_key", made.public_id, publishable=publishable, scopes=sorted(wanted))
    return made


def _store_key(*, name: str, publishable: bool, scopes: Iterable[str]) -> NewKey:
    secret = ("pk_" if publishable else "sk_") + new_token()
    key = ApiKey.objects.create(
        public_id=new_public_id("key"),
        name=name,
        publishable=publishable,
        key_hash=token_hash(secret),
        shown_prefix=secret[:SHOWN_PREFIX_LENGTH],
        scopes=sorted(scopes),
    )
    return NewKey(key.public_id, secret)


def rotate_api_key(
    *, shop_id: int, actor_id: int | None, public_id: str, overlap: timedelta = ROTATION_OVERLAP
) -> NewKey:
    """A successor with the same scopes; the old key still works for ``overlap`` (zero ends it now), never longer than
    it would have. Raises :class:`Conflict` for a key that has run out.
    """
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        now = timezone.now()
        old = ApiKey.objects.select_for_update().filter(public_id=public_id, revoked_at=None).first()
        if old is None:
            raise NotFound(_("There is no such key, or it was revoked."))
        if old.expires_at is not None and old.expires_at <= now:
            raise Conflict(_("This key has run out. Make a new one."))
        made = _store_key(name=old.name, publishable=old.publishable, scopes=old.scopes)
        ends = now + overlap if old.expires_at is None else min(old.expires_at, now + overlap)
        ApiKey.objects.filter(id=old.id).update(expires_at=ends)
        unit.audit("api_key.rotated", "api_key", public_id, successor=made.public_id)
    return made


def revoke_api_key(*, shop_id: int, actor_id: int | None, public_id: str) -> None:
    """End a key at once."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        if not ApiKey.objects.filter(public_id=public_id, revoked_at=None).update(revoked_at=timezone.now()):
            raise Conflict(_("This key was revoked already."))
        unit.audit("api_key.revoked", "api_key", public_id)


def mark_key_used(*, key_id: int, now: datetime) -> None:
    """Note the use of a key, at most once in five minutes, so that busy keys do not write all day."""
    ApiKey.objects.filter(id=key_id).exclude(last_used_at__gt=now - LAST_USED_PRECISION).update(last_used_at=now)


def add_allowed_origin(*, shop_id: int, actor_id: int | None, origin: str) -> str:
    """Let pages of an origin load this shop's widgets; returns it as stored."""
    normal = normalise_origin(origin)
    if normal is None:
        raise InvalidInput(
            _("Give an origin such as https://www.example.com: scheme and host, no path."),
            fields={"origin": [_("Not an origin.")]},
        )
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        _row, made = AllowedOrigin.objects.get_or_create(origin=normal)
        if made:
            unit.audit("origin.added", "origin", "")
            unit.emit(ShopChanged())
    return normal


def remove_allowed_origin(*, shop_id: int, actor_id: int | None, origin: str) -> None:
    """Stop serving widgets to an origin."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        deleted, _rows = AllowedOrigin.objects.filter(origin=origin).delete()
        if not deleted:
            raise NotFound(_("This origin is not in the list."))
        unit.audit("origin.removed", "origin", "")
        unit.emit(ShopChanged())
