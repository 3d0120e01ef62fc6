"""Messages to people outside the studio: written with the change that they tell of, sent after its commit.

``queue_mail`` joins the caller's change, so a change that is rolled back tells nobody. Sending is a task of its own:
a slow mail server holds up no withdrawal.
"""

import logging
from smtplib import SMTPException, SMTPRecipientsRefused

from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import Conflict
from project.core.ids import new_public_id
from project.core.scope import shop_scope
from project.shops.events import MailFailed, MailQueued
from project.shops.models import Mail
from project.shops.rules import MailState

logger = logging.getLogger(__name__)

SUBJECT_LENGTH = 200
MAX_ATTEMPTS = 6
# The server, or the provider, says that nobody lives there: another try would hear the same.
REFUSED_FOR_GOOD = (SMTPRecipientsRefused, AnymailRecipientsRefused, AnymailInvalidAddress)


class SendAgain(Exception):
    """The mail server did not take a message this time."""


def queue_mail(
    *,
    shop_id: int,
    purpose: str,
    to: str,
    subject: str,
    text: str,
    language: str,
    about: str = "",
    reply_to: str = "",
) -> str:
    """Write a message to be sent after the commit; returns its public id. ``about``: the public id of its subject.

    Raises :class:`django.core.exceptions.ValidationError` for an address that is none.
    """
    validate_email(to)
    with change(shop_id=shop_id) as unit:
        mail = Mail.objects.create(
            public_id=new_public_id("mal"),
            purpose=purpose,
            about=about,
            to=to,
            reply_to=reply_to,
            subject=" ".join(subject.split())[:SUBJECT_LENGTH],
            text=text,
            language=language,
            state=MailState.QUEUED,
        )
        unit.audit("mail.queued", "mail", mail.public_id, purpose=purpose, about=about)
        unit.emit(MailQueued(mail_id=mail.public_id))
    return mail.public_id


def send_queued_mail(*, shop_id: int, mail_id: str) -> None:
    """Hand one message to the mail server, or keep it where there is none. At least once: a worker that dies between
    the server's yes and the commit sends it again.

    Raises :class:`SendAgain` when the server refused and tries are left; after the last one the message is ``failed``.
    """
    with shop_scope(shop_id):
        mail = Mail.objects.filter(public_id=mail_id, state=MailState.QUEUED).first()
        if mail is None:
            return
        if settings.VOUCHSAFE_MAIL_IS_KEPT:
            _settle(mail, MailState.KEPT)
            return
        try:
            _deliver(mail)
        except (SMTPException, AnymailError, OSError) as error:
            attempts = mail.attempts + 1
            Mail.objects.filter(pk=mail.pk).update(attempts=attempts, error=type(error).__name__[:60])
            if attempts < MAX_ATTEMPTS and not isinstance(error, REFUSED_FOR_GOOD):
                raise SendAgain(mail_id) from error
            logger.warning("mail.failed", extra={"shop_id": shop_id, "mail": mail_id, "error": type(error).__name__})
            _fail(shop_id, mail)
            return
        _settle(mail, MailState.SENT, text="", error="")


def send_mail_again(*, shop_id: int, actor_id: int | None, mail_id: str) -> None:
    """Another round of tries for a message that failed. Raises :class:`Conflict` when it has not, or not any more."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        failed = Mail.objects.filter(public_id=mail_id, state=MailState.FAILED)
        if not failed.update(state=MailState.QUEUED, attempts=0, error="", settled_at=None):
            raise Conflict(_("Only a message that failed can be sent again."))
        unit.audit("mail.sent_again", "mail", mail_id)
        unit.emit(MailQueued(mail_id=mail_id))


def _deliver(mail: Mail) -> None:
    message = EmailMessage(
        subject=mail.subject,
        body=mail.text,
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={"Auto-Submitted": "auto-generated", "Content-Language": mail.language},
    )
    message.send()


def _fail(shop_id: int, mail: Mail) -> None:
    """Nobody will be told by this message: whoever waits for its answer has to know."""
    with change(shop_id=shop_id) as unit:
        _settle(mail, MailState.FAILED)
        unit.audit("mail.failed", "mail", mail.public_id, purpose=mail.purpose, about=mail.about)
        unit.emit(MailFailed(mail_id=mail.public_id, about=mail.about))


def _settle(mail: Mail, state: MailState, **values: str) -> None:
    Mail.objects.filter(pk=mail.pk, state=MailState.QUEUED).update(state=state, settled_at=timezone.now(), **values)
