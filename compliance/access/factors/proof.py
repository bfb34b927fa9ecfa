"""Somebody shows a second factor: whether it is his.

django-allauth counts what does not fit: five wrong answers an account in 15 minutes,
fifty an address.
"""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as passkeys
from django import forms

from compliance.access.factors.adapter import is_valid
from compliance.access.factors.kept import APP, PASSKEY
from compliance.models import Person

METHODS = {PASSKEY: "passkey", APP: "totp"}
"""Kinds of factors as the log calls them; what is left is a recovery code."""


class NotProved(Exception):
    """It does not fit. is_locked: nor was it looked at, for too many came before."""

    def __init__(self, *, is_locked: bool) -> None:
        super().__init__()
        self.is_locked = is_locked


def begin(person: Person) -> dict[str, Any]:
    """What the browser is to ask of a device. The challenge stays in the session."""
    options: dict[str, Any] = passkeys.begin_authentication(person)
    return options


def by_passkey(person: Person, *, credential: str) -> str:
    """The method, if a passkey of his signed the challenge. Raises NotProved."""
    form = AuthenticateWebAuthnForm({"credential": credential}, user=person)
    _check(form)
    form.cleaned_data["credential"].record_usage()
    return METHODS[PASSKEY]


def by_code(person: Person, *, code: str) -> str:
    """The method: his app showed this code, or it is a recovery code. Raises NotProved."""
    form = AuthenticateForm({"code": code.strip()}, user=person)
    _check(form)
    form.authenticator.record_usage()
    return METHODS.get(form.authenticator.type, "recovery_code")


def _check(form: forms.Form) -> None:
    if is_valid(form):
        return
    codes = [
        error.code for errors in form.errors.as_data().values() for error in errors
    ]
    raise NotProved(is_locked="too_many_login_attempts" in codes)
