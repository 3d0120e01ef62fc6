"""Messages to people outside the studio: written with the change that they tell of, sent after its commit.

``queue_mail`` joins the caller's change, so a change that is rolled back tells nobody. Sending is a task of its own:
a slow mail server holds up no withdrawal.
"""

import logging
from datetime import timedelta
from smtplib import SMTPException, SMTPRecipientsRefused

from anymail.exceptions import AnymailError, AnymailInvalidAddress, AnymailRecipientsRefused
from django.conf import settings
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from project.core.change import change
from project.core.errors import Conflict
from project.core.ids import new_public_id
from project.core.scope import shop_scope
from project.shops.events import MailFailed, MailQueued
from project.shops.models import Mail
from project.shops.rules import MailState, mail_pause

logger = logging.getLogger(__name__)

SUBJECT_LENGTH = 200
# No mail server keeps a try waiting for so long; one that has not come back by then died with its worker.
TRY_LASTS = timedelta(minutes=10)
PERMANENT = 500


class SendAgain(Exception):
    """The mail server did not take a message this time; the next try is due after ``pause``."""

    def __init__(self, mail_id: str, pause: timedelta) -> None:
        super().__init__(mail_id)
        self.pause = pause


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

    A message whose next try is not due yet is left alone, so the task of its first hour and the sweep of the later ones
    may run beside each other. Raises :class:`SendAgain` when the server refused and tries are left; where nobody lives
    at the address, and after the last try, the message is ``failed``.
    """
    with shop_scope(shop_id):
        mail = _claim(mail_id)
        if mail is None:
            return
        if settings.VOUCHSAFE_MAIL_IS_KEPT:
            _settle(mail, MailState.KEPT)
            return
        try:
            _deliver(mail)
        except (SMTPException, AnymailError, OSError) as error:
            permanent = nobody_lives_there(error)
            attempts = mail.attempts + 1
            pause = None if permanent else mail_pause(attempts)
            next_try_at = timezone.now() + pause if pause else None
            Mail.objects.filter(pk=mail.pk).update(
                attempts=attempts, error=_name_of(error, permanent=permanent), next_try_at=next_try_at
            )
            if pause is not None:
                raise SendAgain(mail_id, pause) from error
            logger.warning("mail.failed", extra={"shop_id": shop_id, "mail": mail_id, "error": type(error).__name__})
            _fail(shop_id, mail, permanent=permanent)
            return
        _settle(mail, MailState.SENT, text="", error="")


def send_mail_again(*, shop_id: int, actor_id: int | None, mail_id: str) -> None:
    """Another round of tries, from now, for a message that failed or waits for its next try. Raises :class:`Conflict`
    when it does neither (any more)."""
    with change(shop_id=shop_id, actor_id=actor_id) as unit:
        waiting = Q(state=MailState.QUEUED, attempts__gt=0)
        rows = Mail.objects.filter(Q(state=MailState.FAILED) | waiting, public_id=mail_id).exclude(text="")
        if not rows.update(state=MailState.QUEUED, attempts=0, error="", settled_at=None, next_try_at=None):
            raise Conflict(_("Only a message that failed or waits for its next try can be sent again."))
        unit.audit("mail.sent_again", "mail", mail_id)
        unit.emit(MailQueued(mail_id=mail_id))


def nobody_lives_there(error: Exception) -> bool:
    """Whether another try would hear the same: the server refused the address for good (5xx), or the provider did. A
    4xx is a "come back later", as of servers that make every stranger wait."""
    if isinstance(error, SMTPRecipientsRefused):
        return bool(error.recipients) and all(code >= PERMANENT for code, _words in error.recipients.values())
    return isinstance(error, (AnymailRecipientsRefused, AnymailInvalidAddress))


def _name_of(error: Exception, *, permanent: bool) -> str:
    later = isinstance(error, SMTPRecipientsRefused) and not permanent
    return "SMTPComeBackLater" if later else type(error).__name__[:60]


def _claim(mail_id: str) -> Mail | None:
    """The message, when a try is due and nobody else is at it."""
    now = timezone.now()
    due = Mail.objects.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), state=MailState.QUEUED)
    if not due.filter(public_id=mail_id).update(next_try_at=now + TRY_LASTS):
        return None
    return Mail.objects.get(public_id=mail_id)


def _deliver(mail: Mail) -> None:
    message = EmailMessage(
        subject=mail.subject,
        body=mail.text,
        to=[mail.to],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers={"Auto-Submitted": "auto-generated", "Content-Language": mail.language},
    )
    message.send()


def _fail(shop_id: int, mail: Mail, *, permanent: bool) -> None:
    """Nobody will be told by this message: whoever waits for its answer has to know."""
    with change(shop_id=shop_id) as unit:
        if permanent:  # it cannot be sent again, and its text may hold a link that grants
            _settle(mail, MailState.FAILED, text="")
        else:
            _settle(mail, MailState.FAILED)
        unit.audit("mail.failed", "mail", mail.public_id, purpose=mail.purpose, about=mail.about)
        unit.emit(MailFailed(mail_id=mail.public_id, about=mail.about, purpose=mail.purpose, permanent=permanent))


def _settle(mail: Mail, state: MailState, **values: str) -> None:
    Mail.objects.filter(pk=mail.pk, state=MailState.QUEUED).update(
        state=state, settled_at=timezone.now(), next_try_at=None, **values
    )
