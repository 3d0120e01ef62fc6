"""``/api/v1/sources/``."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from project.collection import selectors
from project.collection.errors import SourceFailed
from project.collection.rules import FEWEST_MINUTES, MOST_MINUTES
from project.collection.services import collect_soon
from project.collection.sources.registry import SOURCES, source_kind
from project.collection.tasks import ask_for_run
from project.content import selectors as content
from project.content import services as content_services
from project.core.api import PageQuery, ShopViewSet, StrictSerializer, operation, page_of, page_serializer
from project.core.api.pages import RowPage
from project.core.api.serializers import Nothing, path_of
from project.core.api.views import found
from project.core.errors import Conflict, InvalidInput
from project.shops.rules import KeyScope

API_KIND = "api"
MAKEABLE_KINDS = [*SOURCES, API_KIND]
# What of a source's settings may be read again; an access token never is.
SHOWN_CONFIG = ("server", "tag", "every_minutes")


class Config(StrictSerializer):
    """What is collected. `server` and `tag` for the kind `mastodon`; the kind `api` has no settings."""

    server = serializers.URLField(max_length=255, required=False, help_text="Such as `https://mastodon.example`.")
    tag = serializers.RegexField(r"^#?\w{1,100}\Z", required=False)
    every_minutes = serializers.IntegerField(min_value=FEWEST_MINUTES, max_value=MOST_MINUTES, required=False)


class ConfigIn(Config):
    """The same, and the access tokens, which are taken and never given out again. `posting_token`: of the shop's own
    account, to ask authors under their posts."""

    token = serializers.CharField(max_length=500, required=False, allow_blank=True, write_only=True)
    posting_token = serializers.CharField(max_length=500, required=False, allow_blank=True, write_only=True)


class Policy(StrictSerializer):
    """What the source's terms allow."""

    may_republish = serializers.BooleanField()
    needs_licence = serializers.BooleanField()
    in_assistant = serializers.BooleanField()
    in_json_ld = serializers.BooleanField()
    keep_days = serializers.IntegerField(allow_null=True)


class Status(StrictSerializer):
    """How collecting goes."""

    outcome = serializers.CharField(allow_blank=True, help_text="A code; empty before the first run.")
    failures = serializers.IntegerField(help_text="Runs in a row that ended badly.")
    last_run_at = serializers.DateTimeField(allow_null=True)
    last_ok_at = serializers.DateTimeField(allow_null=True)
    next_run_at = serializers.DateTimeField(allow_null=True)


class SourceOut(StrictSerializer):
    """Where content comes from."""

    id = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    active = serializers.BooleanField()
    config = Config()
    policy = Policy()
    status = Status(allow_null=True, help_text="Null where nothing is collected: imports, forms, the API.")
    created_at = serializers.DateTimeField()


class SourceIn(StrictSerializer):
    kind = serializers.ChoiceField(choices=MAKEABLE_KINDS)
    name = serializers.CharField(max_length=160)
    config = ConfigIn(required=False)


class SourceQuery(PageQuery):
    kind = serializers.CharField(required=False, max_length=40)


SourcePage = page_serializer("SourcePage", SourceOut)


class SourceViewSet(ShopViewSet):
    """The ways in."""

    lookup_value_regex = path_of("src")

    @operation(
        gettext_lazy("List sources, newest first"), scope=KeyScope.SOURCES_READ, query=SourceQuery, answer=SourcePage
    )
    def list(self, request: Request) -> Response:
        asked = self.asked(SourceQuery)
        rows = content.sources()
        if "kind" in asked:
            rows = rows.filter(kind=asked["kind"])
        page = page_of(rows, limit=asked["limit"], cursor=asked["cursor"])
        return Response(SourcePage(RowPage(source_values(page.items), page.next)).data)

    @operation(gettext_lazy("Read one source"), scope=KeyScope.SOURCES_READ, answer=SourceOut)
    def retrieve(self, request: Request, public_id: str) -> Response:
        return self._answer(public_id)

    @operation(
        gettext_lazy("Connect a source"), scope=KeyScope.SOURCES_WRITE, takes=SourceIn, answer=SourceOut, status=201
    )
    def create(self, request: Request) -> Response:
        wanted = self.accepted(SourceIn)
        config = checked_config(wanted["kind"], wanted.get("config", {}))
        with self.change("source.create"):
            source = content_services.create_source(
                shop_id=self.caller.shop_id, actor_id=None, kind=wanted["kind"], name=wanted["name"], config=config
            )
        return self._answer(source.public_id, status=201)

    @operation(
        gettext_lazy("Pause collecting; what was collected stays"),
        scope=KeyScope.SOURCES_WRITE,
        takes=Nothing,
        answer=SourceOut,
    )
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, public_id: str) -> Response:
        return self._switch(public_id, active=False)

    @operation(gettext_lazy("Go on collecting"), scope=KeyScope.SOURCES_WRITE, takes=Nothing, answer=SourceOut)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, public_id: str) -> Response:
        return self._switch(public_id, active=True)

    @operation(
        gettext_lazy("Collect now; a worker does it, the status tells how it went"),
        scope=KeyScope.SOURCES_WRITE,
        takes=Nothing,
        answer=SourceOut,
        status=202,
    )
    @action(detail=True, methods=["post"])
    def collect(self, request: Request, public_id: str) -> Response:
        self.accepted(Nothing)
        source = found(content.source_by_public_id(public_id))
        with self.change("source.collect", source=public_id):
            due = source_kind(source.kind) is not None and collect_soon(
                shop_id=self.caller.shop_id, source_id=public_id
            )
            if not due:
                raise Conflict(_("Nothing is collected from this source now: it is paused, or filled by other means."))
            transaction.on_commit(lambda: ask_for_run(public_id))
        return self._answer(public_id, status=202)

    def _switch(self, public_id: str, *, active: bool) -> Response:
        self.accepted(Nothing)
        found(content.source_by_public_id(public_id))
        with self.change("source.resume" if active else "source.pause", source=public_id):
            content_services.set_source_active(
                shop_id=self.caller.shop_id, actor_id=None, public_id=public_id, active=active
            )
        return self._answer(public_id)

    def _answer(self, public_id: str, *, status: int = 200) -> Response:
        source = found(content.source_by_public_id(public_id))
        return Response(SourceOut(source_values([source])[0]).data, status=status)


def checked_config(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    """Settings that the kind can work with. Raises :class:`InvalidInput`."""
    registered = source_kind(kind)
    if registered is None:
        if config:
            raise InvalidInput(
                _("This kind of source has no settings."), fields={"config": [_("Leave it out for this kind.")]}
            )
        return {}
    try:
        registered.make_client(config)
    except SourceFailed as error:
        raise InvalidInput(
            _("These settings do not say what to collect."),
            fields={"config": [_("Name the server (https://…, no path) and the hashtag.")]},
        ) from error
    return config


def source_values(sources: Any) -> Any:
    """Rows under the names of :class:`SourceOut`."""
    statuses = {status.source_id: status for status in selectors.source_statuses()}
    return [
        {
            "id": source.public_id,
            "kind": source.kind,
            "name": source.name,
            "active": source.active,
            "config": {name: source.config[name] for name in SHOWN_CONFIG if name in source.config},
            "policy": source,
            "status": statuses.get(source.public_id),
            "created_at": source.created_at,
        }
        for source in sources
    ]
