"""Moving a request: one conditional update by the table of :mod:`project.rights.request_rules`. Of two who move it at
once one wins, and the other is told who was first."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from project.core.audit import history_of
from project.core.errors import Conflict, ErrorCode, NotFound
from project.core.scope import current_shop_id
from project.rights.models import RightsRequest
from project.rights.request_rules import TRANSITIONS, Move
from project.rights.services.messages import moment_of
from project.shops.selectors import names_of_users

_ANSWERS = frozenset({Move.GRANT, Move.DECLINE, Move.CANCEL})


def moved(request_id: str, move: Move, **values: Any) -> bool:
    """Make a move inside an open change; False when the request stands where it cannot be made (any more)."""
    transition = TRANSITIONS[move]
    if move in _ANSWERS:
        values.setdefault("answered_at", timezone.now())
    rows = RightsRequest.objects.filter(public_id=request_id, state__in=sorted(transition.before))
    return bool(rows.update(state=transition.after, **values))


def request_of(request_id: str) -> RightsRequest:
    """A request with all that sending and reading replies needs. Raises :class:`NotFound`."""
    rows = RightsRequest.objects.select_related("item__source", "item__author", "licence", "renews")
    request = rows.filter(public_id=request_id).first()
    if request is None:
        raise NotFound(_("There is no such request in this shop."))
    return request


def somebody_was_first(request_id: str) -> Conflict:
    """The error for whoever came second, with who was first and when, as far as that is known."""
    request = RightsRequest.objects.select_related("item").filter(public_id=request_id).first()
    if request is None:
        return Conflict(_("There is no such request in this shop."))
    entries = [
        entry
        for entry in history_of(current_shop_id(), "item", request.item.public_id)
        if entry.data.get("request") == request_id
    ]
    if not entries:
        return Conflict(_("This request was answered or taken back before."), code=ErrorCode.REQUEST_CLOSED)
    last = entries[-1]
    names = names_of_users({last.actor_id}) if last.actor_id else {}
    who = names.get(last.actor_id or 0)
    values = {"who": who, "when": moment_of(last.at)}
    if who:
        message = _("%(who)s was faster (%(when)s): this request has changed. Look at it again.") % values
    else:
        message = _("This request was answered or changed meanwhile (%(when)s). Look at it again.") % values
    return Conflict(message, code=ErrorCode.REQUEST_CLOSED)
