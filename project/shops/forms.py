"""The door's forms with this project's words for their fields; what they do is allauth's."""

from typing import Any

from allauth.account import forms as account
from django.utils.translation import gettext_lazy as _


class LoginForm(account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail address")
        _without_placeholders(self)


class SignupForm(account.SignupForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
        _without_placeholders(self)


class ResetPasswordForm(account.ResetPasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("E-mail address")
        _without_placeholders(self)


def _without_placeholders(form: Any) -> None:
    """The label stands above the field: the same words once more, greyed, read like an answer."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
