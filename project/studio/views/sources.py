"""Sources: where content comes from, how collecting goes, what the source's terms allow, and how to import."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from project.collection import selectors as collection
from project.collection.contracts import SourceStatus
from project.collection.imports.command_line import import_command
from project.collection.services import collect_soon
from project.collection.sources.registry import SOURCES, source_kind
from project.collection.tasks import ask_for_run
from project.content import selectors as content
from project.content import services as content_services
from project.content.source_policies import policy_for
from project.core.errors import InvalidInput, NotFound
from project.shops.rules import Action
from project.studio.access import Desk, shop_page
from project.studio.forms import DEFAULT_CHANNELS, MastodonForm, add_errors
from project.studio.frame import page
from project.studio.labels import OUTCOMES, SOURCE_KINDS, badge_of, label_of
from project.studio.paging import PAGE_SIZE

MASTODON = "mastodon"
RUNS_SHOWN = PAGE_SIZE


def policy_sentences(source: Any) -> list[str]:
    """What the source's terms allow, in words; read from the row, which is what the gate obeys."""
    sentences = [
        _("Its content may be shown.") if source.may_republish else _("Its content may not be shown at all."),
    ]
    if source.may_republish:
        sentences.append(
            _("Each item needs its author’s permission first.")
            if source.needs_licence
            else _("The terms of the source are permission enough.")
        )
    sentences.append(_("The assistant may quote it.") if source.in_assistant else _("The assistant may not use it."))
    if not source.in_json_ld:
        sentences.append(_("It stays out of the data for search engines."))
    if source.keep_days is not None:
        sentences.append(_("Copies are kept for %(days)d days at most.") % {"days": source.keep_days})
    return sentences


@shop_page()
def sources(request: HttpRequest, desk: Desk) -> HttpResponse:
    """All sources, collected ones with how their last run went."""
    statuses = {status.source_id: status for status in collection.source_statuses()}
    entries = [
        {
            "row": row,
            "kind": label_of(SOURCE_KINDS, row.kind),
            "status": statuses.get(row.public_id),
            "outcome": _outcome(statuses.get(row.public_id)),
        }
        for row in content.sources()
    ]
    return page(request, desk, "studio/sources/list.html", "sources", {"entries": entries})


@shop_page(Action.MANAGE_SOURCES, methods=("GET", "POST"))
def new_source(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Connect a Mastodon hashtag; the first run follows by itself."""
    form = MastodonForm(request.POST or None, initial={"server": "https://mastodon.social"})
    if request.method == "POST" and form.is_valid():
        try:
            source = content_services.create_source(
                shop_id=desk.shop.id, actor_id=desk.actor_id, kind=MASTODON, name=form.name(), config=form.config()
            )
        except InvalidInput as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Connected. The first posts come in within moments."))
            return _to_source(desk, source.public_id)
    context = {"form": form, "policy": policy_for(MASTODON)}
    return page(request, desk, "studio/sources/form.html", "sources", context, status=400 if form.errors else 200)


@shop_page()
def source(request: HttpRequest, desk: Desk, source_id: str) -> HttpResponse:
    row = _source(source_id)
    form = MastodonForm(initial=row.config) if row.kind == MASTODON else None
    return _source_page(request, desk, row, form)


@shop_page(Action.MANAGE_SOURCES, methods=("POST",))
def save_source(request: HttpRequest, desk: Desk, source_id: str) -> HttpResponse:
    row = _source(source_id)
    if row.kind != MASTODON:
        raise InvalidInput(_("There is nothing to set for this kind of source."))
    form = MastodonForm(request.POST)
    if not form.is_valid():
        return _source_page(request, desk, row, form, status=400)
    content_services.update_source_config(
        shop_id=desk.shop.id,
        actor_id=desk.actor_id,
        public_id=source_id,
        name=form.name(),
        config={**_kept_settings(row.config, form.config()["server"]), **form.config()},
    )
    messages.success(request, _("Saved."))
    return _to_source(desk, source_id)


def _kept_settings(config: dict[str, Any], server: str) -> dict[str, Any]:
    """What the form does not show stays; but a token is for the server that gave it, and goes to no other."""
    if config.get("server") == server:
        return config
    return {name: value for name, value in config.items() if name not in ("token", "posting_token")}


@shop_page(Action.MANAGE_SOURCES, methods=("POST",))
def run_source(request: HttpRequest, desk: Desk, source_id: str) -> HttpResponse:
    """Ask for a run now; a worker does it, and the page shows how it went."""
    row = _source(source_id)
    if source_kind(row.kind) is None or not collect_soon(shop_id=desk.shop.id, source_id=source_id):
        messages.warning(request, _("Nothing is collected from this source now."))
    else:
        ask_for_run(source_id)
        messages.success(request, _("A run has been asked for."))
    return _to_source(desk, source_id)


@shop_page(Action.MANAGE_SOURCES, methods=("POST",))
def switch_source(request: HttpRequest, desk: Desk, source_id: str) -> HttpResponse:
    """Pause or resume; what was collected stays as it is."""
    _source(source_id)
    active = request.POST.get("active") == "yes"
    content_services.set_source_active(shop_id=desk.shop.id, actor_id=desk.actor_id, public_id=source_id, active=active)
    messages.success(request, _("Collecting goes on.") if active else _("Paused. What was collected stays."))
    return _to_source(desk, source_id)


@shop_page()
def import_help(request: HttpRequest, desk: Desk) -> HttpResponse:
    """How to bring in a file, with commands that fit this shop."""
    basis = ["--basis", "owned", "--channels", ",".join(DEFAULT_CHANNELS)]
    context = {
        "dry_run": import_command("reviews.csv", desk.shop.slug, ["--dry-run"]),
        "with_basis": import_command("reviews.csv", desk.shop.slug, basis),
    }
    return page(request, desk, "studio/sources/import.html", "sources", context)


def _source(source_id: str) -> Any:
    row = content.source_by_public_id(source_id)
    if row is None:
        raise NotFound(_("There is no such source in this shop."))
    return row


def _to_source(desk: Desk, source_id: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("studio:source", args=[desk.shop.slug, source_id]))


def _outcome(status: SourceStatus | None) -> Any:
    return badge_of(OUTCOMES, status.outcome) if status is not None and status.outcome else None


def _source_page(
    request: HttpRequest, desk: Desk, row: Any, form: MastodonForm | None, *, status: int = 200
) -> HttpResponse:
    state = next((each for each in collection.source_statuses() if each.source_id == row.public_id), None)
    runs = collection.runs_of(row.pk)[:RUNS_SHOWN] if row.kind in SOURCES else []
    context = {
        "source": row,
        "form": form,
        "status": state,
        "outcome": _outcome(state),
        "policy": policy_sentences(row),
        "attribution": _attribution(row.kind),
        "items": content.items().filter(source_id=row.pk).count(),
        "runs": [{"row": run, "badge": badge_of(OUTCOMES, run.outcome)} for run in runs],
    }
    return page(request, desk, "studio/sources/detail.html", "sources", context, status=status)


def _attribution(kind: str) -> str:
    try:
        attribution = policy_for(kind).attribution
    except KeyError:
        return ""
    return _(attribution) if attribution else ""
