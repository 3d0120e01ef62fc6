"""What authors do themselves from a confirmed link; each is a privacy request like any other, done at once."""

from django.utils.translation import gettext as _

from project.core.errors import Conflict, ErrorCode
from project.rights.contracts import PrivacyConfirmation, PrivacyKind
from project.rights.services.erasure import erase_author
from project.rights.services.exports import export_archive
from project.rights.services.privacy import carry_out_privacy_request, receive_privacy_request

_BY_LINK = PrivacyConfirmation.CONFIRMED_LINK


def take_own_data(shop_id: int, author_pk: int) -> bytes:
    """The archive of everything about them."""
    request = receive_privacy_request(
        shop_id=shop_id, actor_id=None, author_pk=author_pk, kind=PrivacyKind.ACCESS, confirmed_by=_BY_LINK
    )
    data = export_archive(shop_id=shop_id, author_pk=author_pk)
    carry_out_privacy_request(shop_id=shop_id, actor_id=None, request_id=request)
    return data


def erase_own_data(shop_id: int, author_pk: int) -> None:
    """Erase them. Where a legal hold is in the way the request is received, and its month runs."""
    try:
        erase_author(shop_id=shop_id, actor_id=None, author_pk=author_pk, confirmed_by=_BY_LINK)
    except Conflict as refusal:
        if refusal.code != ErrorCode.LEGAL_HOLD:
            raise
        receive_privacy_request(
            shop_id=shop_id, actor_id=None, author_pk=author_pk, kind=PrivacyKind.ERASURE, confirmed_by=_BY_LINK
        )
        raise Conflict(
            _(
                "Something of yours is held for a legal claim. The shop has your request and must answer "
                "within a month."
            ),
            code=ErrorCode.LEGAL_HOLD,
        ) from refusal
