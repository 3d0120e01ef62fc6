"""Forms of the rights desk: what an author is asked for, how, and in which words."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from project.rights.contracts import Channel, SendingWay
from project.rights.request_rules import LANGUAGES as ASKED_IN
from project.rights.wording import MODIFICATION_LABELS
from project.studio.asking_labels import WAYS
from project.studio.forms import DEFAULT_CHANNELS, MARKETS_HELP, labelled
from project.studio.labels import CHANNELS, LANGUAGES
from project.studio.wording import split_markets

PERMISSION_DAYS = (
    ("", _("Until the author withdraws it")),
    ("365", _("One year")),
    ("730", _("Two years")),
    ("90", _("90 days")),
)


class ScopeForm(forms.Form):
    """What is asked for, of one author or of many."""

    channels = forms.MultipleChoiceField(
        label=_("Where may it be shown?"),
        choices=labelled(Channel, CHANNELS),
        widget=forms.CheckboxSelectMultiple,
        initial=[channel.value for channel in DEFAULT_CHANNELS],
        help_text=_("Ask for what you will use. The author can leave out any of them."),
    )
    markets = forms.CharField(label=_("Countries"), max_length=400, help_text=MARKETS_HELP)
    days = forms.TypedChoiceField(
        label=_("For how long?"), choices=PERMISSION_DAYS, coerce=int, empty_value=None, required=False
    )
    modifications = forms.MultipleChoiceField(
        label=_("Edits"),
        choices=list(MODIFICATION_LABELS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("None ticked: it is shown as it is."),
    )

    def scope(self) -> dict[str, Any]:
        """What ``ask_permission`` takes of it."""
        values = self.cleaned_data
        return {
            "channels": tuple(Channel(channel) for channel in values["channels"]),
            "markets": split_markets(values["markets"]),
            "days": values["days"],
            "modifications": tuple(values["modifications"]),
        }


class AskForm(ScopeForm):
    """How one author is asked. Way and wording are drawn by the page, which knows what the source allows."""

    way = forms.ChoiceField(choices=labelled(SendingWay, WAYS), required=False)
    language = forms.ChoiceField(
        label=_("Language"),
        choices=[("", _("The author’s own, as far as it is known")), *labelled(ASKED_IN, LANGUAGES)],
        required=False,
    )
    template = forms.CharField(max_length=40, required=False)
    message = forms.CharField(
        label=_("In your own words"),
        widget=forms.Textarea(attrs={"rows": 8}),
        max_length=5000,
        required=False,
        strip=False,
        help_text=_("Left empty: the wording that you see. The link, the terms and the privacy notice have to stay."),
    )
    recipient = forms.EmailField(
        label=_("The author’s e-mail address"),
        max_length=254,
        required=False,
        help_text=_("Only one that they gave to you or made public for being written to."),
    )
    renews = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    approve = forms.BooleanField(
        label=_("Approve it too"),
        required=False,
        initial=True,
        help_text=_("Then it shows as soon as the author grants; until then nothing shows it."),
    )

    def __init__(self, *args: Any, may_approve: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_approve:
            del self.fields["approve"]

    def asking(self) -> dict[str, Any]:
        """What ``ask_permission`` takes beside the item."""
        values = self.cleaned_data
        return {
            **self.scope(),
            "way": SendingWay(values["way"] or SendingWay.PRIVATE_LINK),
            "language": values["language"] or None,
            "template": values["template"],
            "message": values["message"],
            "recipient": values["recipient"],
            "renews": values["renews"] or None,
        }


class AskManyForm(ScopeForm):
    """One way and one scope for several authors; each gets a message of their own, in their own language."""

    field_order = ("way", "channels", "markets", "days", "modifications")

    way = forms.ChoiceField(label=_("How?"), choices=labelled(SendingWay, WAYS))


class WordingForm(forms.Form):
    """A wording of the shop's own."""

    way = forms.ChoiceField(label=_("For which way?"), choices=labelled(SendingWay, WAYS))
    language = forms.ChoiceField(label=_("Language"), choices=labelled(ASKED_IN, LANGUAGES))
    subject = forms.CharField(label=_("Subject"), max_length=160, required=False, help_text=_("For e-mail only."))
    text = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 10}),
        max_length=5000,
        strip=False,
        help_text=_(
            "Words in braces are filled in: {handle}, {brand}, {media}, {channels}, {until}, {link}, {hashtag}, "
            "{terms_url}, {privacy_url}."
        ),
    )
