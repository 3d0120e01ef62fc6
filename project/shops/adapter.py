"""Who may make an account. On an installation of one's own, not everybody on the internet."""

import re
from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from project.core.edge.limits import client_key
from project.core.lookups import any_user_exists
from project.shops.selectors import invitation_stands

_INVITATION = re.compile(r"^/studio/-/invitations/(?P<token>[A-Za-z0-9_-]{20,100})/$")


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is open where VOUCHSAFE_OPEN_SIGNUP says so, to the very first person, and to who holds an invitation
    that still stands."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("This e-mail address and password do not go together."),
        "too_many_login_attempts": _("Too many tries. Wait a few minutes, then try again."),
        "rate_limited": _("Too many tries. Wait a few minutes, then try again."),
        "email_taken": _("There is an account with this e-mail address. Sign in instead."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return settings.VOUCHSAFE_OPEN_SIGNUP or not any_user_exists() or _is_invited(request)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Whom the limits on signing in count a visitor as."""
        return client_key(super().get_client_ip(request))


def _is_invited(request: HttpRequest) -> bool:
    found = _INVITATION.match(request.POST.get("next") or request.GET.get("next") or "")
    return found is not None and invitation_stands(found["token"])
