"""The form at the door."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class SignInForm(AuthenticationForm):
    """Name and password; one answer for a wrong name, a wrong password and a closed account."""

    error_messages = {
        "invalid_login": _(
            "This name and password do not belong together. Check both; capital letters matter."
        ),
        "inactive": _("This name and password do not belong together. Check both; capital letters matter."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("Sign-in name")
