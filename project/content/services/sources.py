"""Sources: made with the policy of their kind written onto the row."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from project.content.events import SourceChanged
from project.content.models import Source
from project.content.source_policies import policy_for
from project.core.change import change
from project.core.errors import ErrorCode, InvalidInput, NotFound
from project.core.ids import new_public_id

SOURCE_LOCK_CLASS = 0x737263  # "src": keeps these advisory locks apart from the relay's


def create_source(
    *, shop_id: int, actor_id: int | None, kind: str, name: str, config: Mapping[str, Any] | None = None
) -> Source:
    """A new source of a registered kind. Raises ``source_forbids`` where its terms let nothing be stored."""
    try:
        policy = policy_for(kind)
    except KeyError as error:
        raise InvalidInput(_("There is no such kind of source."), fields={"kind": []}) from error
    if not policy.may_store:
        raise InvalidInput(
            _("The terms of this source do not allow keeping its content."), code=ErrorCode.SOURCE_FORBIDS
        )
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        source = Source.objects.create(
            public_id=new_public_id("src"),
            kind=kind,
            name=name[:160],
            config=dict(config or {}),
            may_store=policy.may_store,
            may_republish=policy.may_republish,
            needs_licence=policy.needs_licence,
            in_assistant=policy.in_assistant,
            in_json_ld=policy.in_json_ld,
            keep_days=policy.keep_days,
        )
        unit.audit("source.created", "source", source.public_id, kind=kind)
        unit.emit(SourceChanged(source_id=source.public_id))
    return source


def ensure_source(*, shop_id: int, actor_id: int | None, kind: str, name: str) -> Source:
    """The shop's source of this kind and name, made when it is missing (imports repeat)."""
    with change(shop_id=shop_id, actor_id=actor_id):
        with connection.cursor() as cursor:  # two first imports at once must not make two sources
            key = f"{shop_id} {kind} {name[:160]}"
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [SOURCE_LOCK_CLASS, key])
        found = Source.objects.filter(kind=kind, name=name[:160]).first()
        return found or create_source(shop_id=shop_id, actor_id=actor_id, kind=kind, name=name)


def set_source_active(*, shop_id: int, actor_id: int | None, public_id: str, active: bool) -> None:
    """Pause or resume collecting; what was collected stays as it is."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        if Source.objects.filter(public_id=public_id).exclude(active=active).update(active=active):
            unit.audit("source.resumed" if active else "source.paused", "source", public_id)
            unit.emit(SourceChanged(source_id=public_id))


def update_source_config(
    *, shop_id: int, actor_id: int | None, public_id: str, name: str, config: Mapping[str, Any]
) -> None:
    """Change what a source collects (hashtag, instance …)."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        if not Source.objects.filter(public_id=public_id).update(name=name[:160], config=dict(config)):
            raise NotFound(_("There is no such source."))
        unit.audit("source.changed", "source", public_id)
        unit.emit(SourceChanged(source_id=public_id))
