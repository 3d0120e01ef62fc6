"""Mail servers that say no, for the tests of sending."""

from collections.abc import Sequence
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused
from django.core.mail.backends.base import BaseEmailBackend


class Hangup(BaseEmailBackend):
    """SMTP: the line breaks off."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        raise SMTPServerDisconnected("gone")


class NobodyThere(BaseEmailBackend):
    """SMTP: no such mailbox."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        raise SMTPRecipientsRefused({"ana@example.org": (550, b"no such user")})


class Greylists(BaseEmailBackend):
    """SMTP: makes every stranger wait."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        raise SMTPRecipientsRefused({"ana@example.org": (451, b"greylisted, come back later")})


class ProviderDown(BaseEmailBackend):
    """A provider's API answers with an error."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        raise AnymailAPIError("HTTP 503")


class ProviderRefuses(BaseEmailBackend):
    """A provider has this address on its list of dead ones."""

    def send_messages(self, email_messages: Sequence[Any]) -> int:
        raise AnymailRecipientsRefused("All message recipients were rejected or invalid")
