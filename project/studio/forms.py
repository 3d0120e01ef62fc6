"""Forms of the studio: they shape what was typed; the services decide whether it holds."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from project.core.errors import InvalidInput
from project.rights.contracts import RECORDABLE_BASES, Channel, LicenceTerms, PeopleDepicted, ThirdPartyWorks
from project.shops.rules import KeyScope, Role
from project.shops.selectors import time_zone_names
from project.studio.labels import CHANNELS, KEY_SCOPES, ROLE_HELP, ROLES, Label
from project.studio.rights_labels import BASES, DEPICTED, WORKS
from project.studio.wording import split_markets

DEFAULT_CHANNELS = (Channel.SITE, Channel.PRODUCT_PAGE, Channel.AI_ASSISTANT)
MARKETS_HELP = _("“Worldwide”, or countries by their two letters, such as DK, SE, NO.")


def add_errors(form: forms.Form, error: InvalidInput | Any) -> None:
    """Put a service's refusal where the person looks for it: at its fields, or above the form."""
    placed = False
    for field, sentences in (error.fields or {}).items():
        if field in form.fields and sentences:
            form.add_error(field, list(sentences))
            placed = True
    if not placed:
        form.add_error(None, error.message)


def labelled(codes: Iterable[str], labels: Mapping[str, Label]) -> list[tuple[str, Label]]:
    """Choices of a field: each code with its word."""
    return [(str(code), labels[code]) for code in codes]


class DayInput(forms.DateInput):
    """A browser's own calendar; what it sends is ISO 8601 in every language."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class ShopForm(forms.Form):
    """What a shop is called and where it sells."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As your customers know it."))
    website = forms.URLField(
        label=_("Website"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("Such as https://www.example.com"),
    )
    locale = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        help_text=_("What your widgets speak unless a page says otherwise."),
    )
    markets = forms.CharField(label=_("Markets"), max_length=400, help_text=MARKETS_HELP)
    time_zone = forms.ChoiceField(label=_("Time zone"), initial="UTC")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones = self.fields["time_zone"]
        assert isinstance(zones, forms.ChoiceField)  # noqa: S101 (for the type checker: declared above)
        zones.choices = [(name, name) for name in time_zone_names()]


class NewShopForm(ShopForm):
    """A new shop also needs its short name, which stands in addresses and stays."""

    field_order = ("name", "slug", "website", "locale", "markets", "time_zone")
    slug = forms.CharField(
        label=_("Short name"),
        max_length=48,
        widget=forms.TextInput(attrs={"data-follows": "id_name", "autocapitalize": "none", "spellcheck": "false"}),
        help_text=_("For addresses: small letters, digits and hyphens. It cannot be changed later."),
    )


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"), max_length=254)
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[(role.value, ROLES[role]) for role in Role],
        initial=Role.MODERATOR.value,
    )


class KeyForm(forms.Form):
    """A new API key."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What it is for, such as “Order system”."))
    publishable = forms.TypedChoiceField(
        label=_("Kind"),
        choices=(
            ("yes", _("Publishable (pk_): for browsers, reads what is published")),
            ("no", _("Secret (sk_): for servers only, does what you tick below")),
        ),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        initial="yes",
    )
    scopes = forms.MultipleChoiceField(
        label=_("What a secret key may do"),
        choices=labelled(KeyScope, KEY_SCOPES),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )


class RectifyForm(forms.Form):
    """Who an author is, correctly (GDPR Art. 16). What they said is nobody's to correct."""

    display_name = forms.CharField(label=_("Name"), max_length=200, required=False)
    handle = forms.CharField(
        label=_("Handle"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    email = forms.EmailField(label=_("E-mail address"), max_length=254, required=False)


class OriginForm(forms.Form):
    origin = forms.CharField(
        label=_("Origin"),
        max_length=255,
        help_text=_(
            "Scheme and host of the pages that show your widgets, such as https://www.example.com. "
            "https://*.example.com allows every direct subdomain."
        ),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "inputmode": "url"}),
    )


class RecordForm(forms.Form):
    """A right that the shop holds on a ground of its own. People and works are asked about where there are pictures."""

    basis = forms.ChoiceField(
        label=_("Why may the shop show it?"),
        choices=labelled(RECORDABLE_BASES, BASES),
        widget=forms.RadioSelect,
        help_text=_("It is on record that you stated it. If the author still has to say yes, ask them instead."),
    )
    channels = forms.MultipleChoiceField(
        label=_("Where may it be shown?"),
        choices=labelled(Channel, CHANNELS),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Only what the right really covers."),
    )
    markets = forms.CharField(label=_("Countries"), max_length=400, help_text=MARKETS_HELP)
    terms_url = forms.URLField(
        label=_("Address of the terms"),
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text=_("Needed for an open licence; otherwise where the right can be read up."),
    )
    starts_at = forms.DateField(
        label=_("From"), required=False, widget=DayInput, help_text=_("Left empty: from now on.")
    )
    ends_at = forms.DateField(
        label=_("Through"), required=False, widget=DayInput, help_text=_("The last day. Left empty: until it is ended.")
    )
    people_depicted = forms.ChoiceField(
        label=_("Who is in the picture?"),
        choices=labelled(PeopleDepicted, DEPICTED),
        initial=PeopleDepicted.UNKNOWN.value,
        help_text=_("Paid advertising and product pages need to know."),
    )
    minor_depicted = forms.BooleanField(label=_("A child is in the picture"), required=False)
    guardian_consented = forms.BooleanField(label=_("The child’s guardian agreed"), required=False)
    third_party_works = forms.ChoiceField(
        label=_("Works of others in it?"),
        choices=labelled(ThirdPartyWorks, WORKS),
        initial=ThirdPartyWorks.UNKNOWN.value,
        help_text=_("Such as music, or a photograph on the wall."),
    )
    exclusive = forms.BooleanField(label=_("Exclusive: nobody else may use it"), required=False)
    sublicensable = forms.BooleanField(label=_("The shop may pass it on to others"), required=False)
    consideration = forms.CharField(
        label=_("What was given for it?"), max_length=200, required=False, help_text=_("Left empty: nothing.")
    )
    attribution_text = forms.CharField(
        label=_("Attribution that it asks for"),
        max_length=300,
        required=False,
        help_text=_("For the record. Shown is the credit line of the content; left empty: that one."),
    )
    moral_rights_note = forms.CharField(
        label=_("Moral rights"),
        max_length=300,
        required=False,
        help_text=_("What was agreed on them, such as that it may be shown without a name."),
    )

    def __init__(self, *args: Any, has_pictures: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_pictures:
            for name in ("people_depicted", "minor_depicted", "guardian_consented", "third_party_works"):
                del self.fields[name]

    def terms(self) -> LicenceTerms:
        """What was typed, with days as moments of the shop's time zone (the one in force)."""
        values = self.cleaned_data
        people, works = values.get("people_depicted"), values.get("third_party_works")
        return LicenceTerms(
            channels=tuple(Channel(channel) for channel in values["channels"]),
            markets=split_markets(values["markets"]),
            starts_at=_midnight(values["starts_at"]) if values["starts_at"] else timezone.now(),
            ends_at=_midnight(values["ends_at"] + timedelta(days=1)) if values["ends_at"] else None,
            terms_url=values["terms_url"],
            people_depicted=PeopleDepicted(people) if people else None,
            minor_depicted=values.get("minor_depicted", False),
            guardian_consented=values.get("guardian_consented", False),
            third_party_works=ThirdPartyWorks(works) if works else None,
            exclusive=values["exclusive"],
            sublicensable=values["sublicensable"],
            consideration=values["consideration"],
            attribution_text=values["attribution_text"],
            moral_rights_note=values["moral_rights_note"],
        )


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def role_choices() -> list[dict[str, Label]]:
    """Roles with what each may do, for the team page."""
    return [{"value": role.value, "label": ROLES[role], "help": ROLE_HELP[role]} for role in Role]


class MastodonForm(forms.Form):
    """A hashtag on a Mastodon server. The settings' names are those of the connector."""

    tag = forms.RegexField(
        r"^#?\w{1,100}$",
        label=_("Hashtag"),
        help_text=_("Without the #; letters, digits and underscores."),
        error_messages={"invalid": _("A hashtag has letters, digits and underscores only.")},
    )
    server = forms.URLField(
        label=_("Server"),
        max_length=200,
        assume_scheme="https",
        help_text=_("Where to look, such as https://mastodon.social"),
    )
    posting_token = forms.CharField(
        label=_("Access token of your account"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=_(
            "Lets Vouchsafe ask authors under their posts, from your account there. It needs write:statuses and is not "
            "shown again. Left empty, the present one stays."
        ),
    )

    def config(self) -> dict[str, str]:
        """What the connector reads."""
        config = {"tag": self.cleaned_data["tag"].removeprefix("#"), "server": self.cleaned_data["server"].rstrip("/")}
        token = self.cleaned_data["posting_token"].strip()
        return {**config, "posting_token": token} if token else config

    def name(self) -> str:
        """What staff see: ``#linden on mastodon.social``."""
        config = self.config()
        return gettext("#%(tag)s on %(server)s") % {
            "tag": config["tag"],
            "server": config["server"].partition("//")[2],
        }
