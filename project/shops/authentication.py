"""Who calls the API: a key of a shop. Secret keys are refused from browsers (they send an Origin)."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from project.core.errors import ErrorCode, VouchsafeError
from project.core.hashing import token_hash
from project.core.lookups import shop_of_key_hash
from project.core.scope import shop_scope
from project.shops.models import ApiKey
from project.shops.selectors import origin_is_allowed
from project.shops.services import mark_key_used


@dataclass(frozen=True)
class KeyHolder:
    """The caller of an API request, in the place where Django expects a user."""

    shop_id: int
    key_id: int
    public_id: str
    publishable: bool
    scopes: frozenset[str]
    is_authenticated: bool = True


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer sk_…`` (or ``pk_…``)."""

    def authenticate(self, request: Request) -> tuple[KeyHolder, None]:
        scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
        origin = request.headers.get("Origin")
        if scheme.lower() != "bearer" or not key.startswith(("pk_", "sk_")):
            raise _refusal(_("Send an API key: “Authorization: Bearer sk_…”. Keys are made in the studio."))
        if key.startswith("sk_") and origin is not None:
            raise VouchsafeError(
                _("Secret keys belong on a server. Use a publishable key in browsers, and rotate this one."),
                code=ErrorCode.SECRET_KEY_IN_BROWSER,
                status=403,
            )
        holder = self._holder(key.strip())
        if origin is not None:
            self._check_origin(holder, origin)
        return holder, None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"

    @staticmethod
    def _holder(key: str) -> KeyHolder:
        digest = token_hash(key)
        shop_id = shop_of_key_hash(digest)
        if shop_id is None:
            raise _refusal(_("This API key is not known."))
        now = timezone.now()
        with shop_scope(shop_id):
            row = (
                ApiKey.objects.filter(key_hash=digest, revoked_at=None)
                .filter(Q(expires_at=None) | Q(expires_at__gt=now))
                .first()
            )
            if row is None:
                raise _refusal(_("This API key was revoked or has run out."))
            mark_key_used(key_id=row.pk, now=now)
        return KeyHolder(shop_id, row.pk, row.public_id, row.publishable, frozenset(row.scopes))

    @staticmethod
    def _check_origin(holder: KeyHolder, origin: str) -> None:
        with shop_scope(holder.shop_id):
            if not origin_is_allowed(origin):
                raise VouchsafeError(
                    _("This page's origin may not use this key. Add it under Settings, Allowed origins."),
                    code=ErrorCode.ORIGIN_NOT_ALLOWED,
                    status=403,
                )


def _refusal(message: str) -> VouchsafeError:
    return VouchsafeError(message, code=ErrorCode.KEY_INVALID, status=401)
