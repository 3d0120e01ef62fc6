"""What waits for staff, kind by kind: the list at the head of Today."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from project.content import selectors as content
from project.core.outbox import parked_deliveries
from project.rights import selectors as rights
from project.rights.notices import selectors as notices
from project.shops.rules import Action
from project.studio.access import Desk
from project.studio.wording import due_text, waited_text


@dataclass(frozen=True)
class Need:
    """One thing that waits for staff. ``clear`` is what is said when it does not."""

    count: int
    what: str
    how: str
    clear: str
    url: str = ""
    tone: str = "wait"
    action_url: str = ""

    @property
    def key(self) -> str:
        """Tells one from the others in the page, also after it was drawn anew."""
        return slugify(self.url or self.action_url or self.clear)


def needs_of(desk: Desk) -> list[Need]:
    """Everything that can wait for staff, what waits and what does not, in the order of the work."""
    return [
        *_to_look_at(desk.shop.slug),
        *_held_and_reported(desk.shop.slug),
        *_asked(desk.shop.slug),
        *(_privacy(desk.shop.slug) if desk.can[Action.HANDLE_PRIVACY] else ()),
        _follow_ups(desk),
    ]


def _to_look_at(slug: str) -> Iterator[Need]:
    queue = content.moderation_queue()
    oldest = queue.values_list("received_at", flat=True).first()
    yield Need(
        queue.count(),
        _("to decide"),
        _("The oldest has waited %(time)s") % {"time": waited_text(oldest)} if oldest else "",
        _("Everything is decided"),
        reverse("studio:queue", args=[slug]),
    )
    pictures = content.items_with_new_pictures().count()
    yield Need(
        pictures,
        ngettext("item with new pictures", "items with new pictures", pictures),
        _("They came in after the approval; nothing shows them yet"),
        _("Every picture has been looked at"),
        reverse("studio:new_pictures", args=[slug]),
    )
    yield Need(
        rights.items_to_ask().count(),
        _("need permission"),
        _("Nothing shows without it"),
        _("Nothing lacks permission"),
        reverse("studio:rights", args=[slug]),
    )


def _held_and_reported(slug: str) -> Iterator[Need]:
    held = rights.held_items()
    yield Need(
        held,
        ngettext("item on hold", "items on hold", held),
        ngettext("Nothing shows it until somebody lifts that", "Nothing shows them until somebody lifts that", held),
        _("Nothing is on hold"),
        reverse("studio:holds", args=[slug]),
    )
    unhidden = notices.not_hidden_for_their_number()
    yield Need(
        unhidden,
        ngettext("notice that hid nothing", "notices that hid nothing", unhidden),
        _("So many came within an hour that they no longer hide anything by themselves: look at these first"),
        _("No wave of notices came in"),
        reverse("studio:notices", args=[slug]) + "#waiting",
        tone="stop",
    )
    reported, longest = notices.waiting(), notices.oldest_waiting()
    yield Need(
        reported,
        ngettext("notice to decide", "notices to decide", reported),
        _("The oldest has waited %(time)s") % {"time": waited_text(longest)} if longest else "",
        _("No notice is waiting"),
        reverse("studio:notices", args=[slug]),
    )


def _asked(slug: str) -> Iterator[Need]:
    requests = reverse("studio:requests", args=[slug])
    unread = rights.requests_to_read().count()
    yield Need(
        unread,
        ngettext("answer to read", "answers to read", unread),
        _("The rules cannot read them, or a yes was edited or deleted"),
        _("Every answer is read"),
        f"{requests}?show=to_read",
    )
    remind = rights.reminders_by_hand(timezone.now()).count()
    yield Need(
        remind,
        ngettext("author to remind", "authors to remind", remind),
        _("They were asked by hand, so the one reminder is yours to send"),
        _("Nobody is to be reminded by hand"),
        f"{requests}?show=to_remind",
    )
    asked = rights.request_counts()["sent"]
    yield Need(
        asked,
        ngettext("request unanswered", "requests unanswered", asked),
        ngettext("Its author has the link", "Their authors have the link", asked),
        _("No answer is outstanding"),
        requests,
    )
    ending = rights.expiring_licences().count()
    yield Need(
        ending,
        ngettext("licence ends soon", "licences end soon", ending),
        _("Within 30 days"),
        _("No licence ends within 30 days"),
        reverse("studio:licences", args=[slug]) + "?show=expiring",
    )


def _privacy(slug: str) -> Iterator[Need]:
    due = rights.privacy_requests_due()
    first = due.values_list("due_at", flat=True).first()
    n = due.count()
    yield Need(
        n,
        ngettext("privacy request due", "privacy requests due", n),
        _("The first: %(when)s") % {"when": due_text(first)} if first else "",
        _("No privacy request is due within a week"),
        reverse("studio:privacy_requests", args=[slug]),
        tone="stop" if first and first <= timezone.now() else "wait",
    )


def _follow_ups(desk: Desk) -> Need:
    parked = len(parked_deliveries(desk.shop.id))
    return Need(
        parked,
        ngettext("follow-up failed", "follow-ups failed", parked),
        _("Failed again and again; tried on every hour"),
        _("Every follow-up is done"),
        tone="stop",
        action_url=reverse("studio:retry_deliveries", args=[desk.shop.slug]) if desk.can[Action.MANAGE_SHOP] else "",
    )
