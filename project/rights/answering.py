"""What came with the author's form, read with suspicion: what is on offer counts, everything else is as if not sent.

Nothing here is free text. A value that the page does not offer is dropped, so that a form that comes back with a
sentence still holds all that was chosen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from project.content.rules import CreditKind
from project.core.errors import InvalidInput
from project.rights.ages import AGES, STEPS, TOO_YOUNG_ANYWHERE, needs_country
from project.rights.contracts import AuthorChoice, Channel, PeopleDepicted, RequestView, ThirdPartyWorks
from project.rights.rules import NEEDS_CLEARANCE

# Never part of "all": each of these is a purpose of its own and wants a tick of its own.
SEPARATE = (Channel.PAID_ADS, Channel.AI_ASSISTANT)
ELSEWHERE = "ZZ"  # ISO 3166 leaves this to its users: a country that has no row of its own


@dataclass(frozen=True)
class CreditOffer:
    value: str
    kind: CreditKind
    name: str


@dataclass(frozen=True)
class Filled:
    """What is ticked and chosen in the form, of what it offers."""

    channels: tuple[Channel, ...] = ()
    credit: str = ""
    people: str = ""
    child: bool = False
    child_guardian: bool = False
    works: str = ""
    age: str = ""
    country: str = ""
    guardian: bool = False
    shown: str = ""


def credits_offered(view: RequestView) -> tuple[CreditOffer, ...]:
    """How the author may be named: as their account names them, or not at all."""
    offered = []
    if view.author_handle:
        offered.append(CreditOffer("handle", CreditKind.HANDLE, view.author_handle))
    if view.author_name and view.author_name != view.author_handle:
        offered.append(CreditOffer("name", CreditKind.NAME, view.author_name))
    return (*offered, CreditOffer("customer", CreditKind.CUSTOMER, ""))


def chosen_before(view: RequestView) -> Filled:
    """The form as it comes: nothing ticked, the name as the account has it; in a change of scope as it stands."""
    if not view.granted_channels:
        return Filled(credit=credits_offered(view)[0].value)
    named = next((offer.value for offer in credits_offered(view) if offer.kind == view.credit_kind), "customer")
    return Filled(
        channels=view.granted_channels,
        credit=named,
        people=view.people_depicted,
        child=view.minor_depicted,
        child_guardian=view.guardian_consented,
        works=view.third_party_works,
    )


def filled(sent: QueryDict, view: RequestView) -> Filled:
    """The form as it was sent."""
    ticked = set(sent.getlist("channel"))
    return Filled(
        channels=tuple(channel for channel in view.channels if channel.value in ticked),
        credit=_of(sent, "credit", [offer.value for offer in credits_offered(view)]),
        people=_of(sent, "people", [member.value for member in PeopleDepicted]),
        child=sent.get("child") == "yes",
        child_guardian=sent.get("child_guardian") == "yes",
        works=_of(sent, "works", [member.value for member in ThirdPartyWorks]),
        age=_of(sent, "age", [str(step) for step in (*STEPS, TOO_YOUNG_ANYWHERE)]),
        country=_of(sent, "country", [*AGES, ELSEWHERE]),
        guardian=sent.get("guardian") == "yes",
        shown=sent.get("shown", "")[:64],
    )


def _of(sent: QueryDict, name: str, offered: Sequence[str]) -> str:
    value = sent.get(name, "")
    return value if value in offered else ""


def places(view: RequestView, form: Filled, *, everything: bool) -> tuple[Channel, ...]:
    """The places of a yes: what is ticked, or with ``everything`` all but those that need a tick of their own."""
    return tuple(
        channel for channel in view.channels if channel in form.channels or (everything and channel not in SEPARATE)
    )


def choice_of(view: RequestView, form: Filled, *, everything: bool = False, asks_age: bool = True) -> AuthorChoice:
    """The author's choice. Raises :class:`InvalidInput` naming every question that has to be answered first."""
    channels = places(view, form, everything=everything)
    wrong = _unanswered(view, form, channels, asks_age=asks_age)
    if wrong:
        first = next(iter(wrong.values()))[0]
        more = _("Please answer the questions marked below; everything you chose is still there.")
        raise InvalidInput(first if len(wrong) == 1 else more, fields=wrong)
    credit = next(offer for offer in credits_offered(view) if offer.value == form.credit)
    has_pictures = bool(view.item_media)
    return AuthorChoice(
        channels=channels,
        credit_kind=credit.kind.value,
        credit_name=credit.name,
        people=PeopleDepicted(form.people) if has_pictures and form.people else None,
        child_depicted=has_pictures and form.child,
        child_guardian_agrees=form.child_guardian,
        third_party_works=ThirdPartyWorks(form.works) if has_pictures and form.works else None,
        age=int(form.age) if form.age else None,
        country=form.country,
        guardian_confirmed=form.guardian,
    )


def _unanswered(
    view: RequestView, form: Filled, channels: tuple[Channel, ...], *, asks_age: bool
) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    asks_clearance = bool(view.item_media) and bool(set(channels) & NEEDS_CLEARANCE)
    if not channels:
        wrong["channels"] = [_("Choose at least one place, or say no.")]
    if not form.credit:
        wrong["credit"] = [_("Choose how you want to be named.")]
    if asks_clearance:
        if not form.people:
            wrong["people"] = [
                _("Product pages and ads need to know who is in the picture. If you don’t know, say so.")
            ]
        if not form.works:
            wrong["works"] = [_("Product pages and ads need to know whose works are in it. If you don’t know, say so.")]
    if asks_clearance and form.child and not form.child_guardian:
        wrong["child_guardian"] = [_("With a child in the picture, product pages and ads need its guardian’s yes.")]
    if asks_age and not form.age:
        wrong["age"] = [_("Tell us whether you are old enough.")]
    elif form.age and needs_country(int(form.age)) and not form.country:
        wrong["country"] = [_("Choose the country you live in: the age from which you may decide depends on it.")]
    return wrong
