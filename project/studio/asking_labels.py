"""What the codes of asking are called on the pages of staff."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from project.rights.contracts import ReplyVerdict, SendingWay
from project.shops.rules import MailState
from project.studio.labels import Badge, Label

WAYS: Mapping[str, Label] = {
    SendingWay.PRIVATE_LINK: _("Private link"),
    SendingWay.EMAIL: pgettext_lazy("way of asking", "E-mail"),
    SendingWay.PUBLIC_REPLY: _("Public reply"),
    SendingWay.ASSISTED: _("Comment by hand"),
}

WAY_HELP: Mapping[str, Label] = {
    SendingWay.PRIVATE_LINK: _("You paste the message into a direct message. The author answers on their page."),
    SendingWay.EMAIL: _("Vouchsafe writes to the author. They answer on their page."),
    SendingWay.PUBLIC_REPLY: _(
        "Vouchsafe comments under the post from your account. The author answers with the hashtag."
    ),
    SendingWay.ASSISTED: _("You comment under the post yourself. The author answers with the hashtag."),
}

MODIFICATIONS: Mapping[str, Label] = {
    "crop": _("Cropping"),
    "caption": _("Caption"),
    "translate": _("Translation"),
    "overlay": _("Text on the picture"),
}

# How requests are counted. A yes that ended since was one, so it is not called what holds.
REQUEST_COUNTS: Mapping[str, Label] = {
    "draft": _("Not sent yet"),
    "sent": _("Waiting for an answer"),
    "replied_unclear": _("Answered, to be read"),
    "granted": pgettext_lazy("counter", "Said yes"),
    "declined": pgettext_lazy("counter", "Said no"),
    "no_reply": _("No reply"),
    "cancelled": _("Cancelled"),
}

REPLY_VERDICTS: Mapping[str, Badge] = {
    ReplyVerdict.GRANTED: Badge(pgettext_lazy("reply", "A yes"), "good"),
    ReplyVerdict.WITHDRAWN: Badge(pgettext_lazy("reply", "A no"), "stop"),
    ReplyVerdict.UNCLEAR: Badge(pgettext_lazy("reply", "Unclear"), "wait"),
    ReplyVerdict.NOT_THE_AUTHOR: Badge(pgettext_lazy("reply", "By somebody else: counts for nothing")),
}

# What a person made of a reply.
READINGS: Mapping[str, Label] = {
    "no": pgettext_lazy("reading", "read as a no"),
    "no_answer": pgettext_lazy("reading", "read as no answer"),
    "still_yes": pgettext_lazy("reading", "read as still a yes"),
}

# Why a message did not go out; codes of the senders and of their sources.
NOT_SENT: Mapping[str, Label] = {
    "never_posted": _("nobody posted it within a week"),
    "not_posted": _("the source did not take it"),
    "forbidden": _("the source refuses our account"),
    "not_found": _("the post is gone"),
    "gone": _("the post is gone"),
    "needs_token": _("the source wants a token of yours"),
    "unreachable": _("the source cannot be reached"),
}

MAIL_STATES: Mapping[str, Badge] = {
    MailState.QUEUED: Badge(pgettext_lazy("mail", "On its way"), "wait"),
    MailState.SENT: Badge(pgettext_lazy("mail", "Sent"), "good"),
    MailState.KEPT: Badge(pgettext_lazy("mail", "Kept here"), "note"),
    MailState.FAILED: Badge(pgettext_lazy("mail", "Failed"), "stop"),
}

# How an answer came.
BY: Mapping[str, Label] = {
    "reply": _("in a reply"),
    "mail_link": _("by the link in a letter"),
    "hand_link": _("by a link that staff handed over"),
}

MAIL_WAITS = Badge(pgettext_lazy("mail", "Waits for its next try"), "wait")

# What of the requests waits for staff, by the filter's name.
WAITING: Mapping[str, Label] = {"to_read": _("To read"), "to_remind": _("To remind")}

MAIL_PURPOSES: Mapping[str, Label] = {
    "invitation": pgettext_lazy("mail", "Invites a colleague"),
    "rights_request": pgettext_lazy("mail", "Asks for permission"),
    "author_confirmation": pgettext_lazy("mail", "Fresh link for an author"),
    "licence_expiring": pgettext_lazy("mail", "Tells staff that permissions end"),
    "ledger_head": pgettext_lazy("mail", "Ledger head for a witness"),
    "notice_received": pgettext_lazy("mail", "Receipt of a notice"),
    "notice_decided": pgettext_lazy("mail", "Decision on a notice"),
    "statement_of_reasons": pgettext_lazy("mail", "Statement of reasons"),
    "objection_answered": pgettext_lazy("mail", "Answer to an objection"),
    "privacy_request": pgettext_lazy("mail", "Answer to a privacy request"),
}

MAIL_ERRORS: Mapping[str, Label] = {
    "SMTPComeBackLater": _("The mail server of this address asks to come back later."),
    "SMTPRecipientsRefused": _("The mail server says that nobody has this address."),
    "AnymailRecipientsRefused": _("The mail provider says that nobody has this address."),
    "AnymailInvalidAddress": _("The mail provider says that this is no address."),
    "SMTPAuthenticationError": _("The mail server does not accept the user name and password that are set."),
    "SMTPSenderRefused": _("The mail server does not accept the sender’s address that is set."),
    "ConnectionRefusedError": _("The mail server does not answer at the address that is set."),
    "gaierror": _("There is no mail server of the name that is set."),
    "TimeoutError": _("The mail server took too long to answer."),
}

LEDGER_EVENTS: Mapping[str, Label] = {
    "asked": pgettext_lazy("ledger", "Asked"),
    "granted": pgettext_lazy("ledger", "Granted"),
    "declined": pgettext_lazy("ledger", "Declined"),
    "cancelled": pgettext_lazy("ledger", "Request taken back"),
    "no_reply": pgettext_lazy("ledger", "No reply"),
    "replied_unclear": pgettext_lazy("ledger", "Replied; a person reads it"),
    "consented": pgettext_lazy("ledger", "Consent recorded"),
    "withdrawn": pgettext_lazy("ledger", "Withdrawn"),
    "expired": pgettext_lazy("ledger", "Ran out"),
    "superseded": pgettext_lazy("ledger", "Replaced by a newer licence"),
    "erased": pgettext_lazy("ledger", "Person erased"),
    "hold_opened": pgettext_lazy("ledger", "Put on hold"),
    "hold_closed": pgettext_lazy("ledger", "Hold ended"),
}
