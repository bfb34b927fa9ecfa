"""The second factors of a person: which there are, adding and removing them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.totp.internal.auth import validate_totp_code as fits
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.mfa.webauthn.internal import auth as passkeys
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction

from compliance.access.factors.adapter import RING, is_valid
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.keys import CannotDecrypt, keyring
from compliance.models import Person

PASSKEY, APP = Authenticator.Type.WEBAUTHN.value, Authenticator.Type.TOTP.value
RECOVERY = Authenticator.Type.RECOVERY_CODES.value
NAME_LENGTH = 60
_SECRET = "totp_secret"  # noqa: S105


class DoesNotFit(Exception):
    """What the device, the app or the person answered is not what was asked for."""


class LastFactor(Exception):
    """The only factor of a person who must have one is not removed."""


@dataclass(frozen=True)
class Passkey:
    """One passkey, as its person sees it."""

    id: int
    name: str
    added_at: datetime
    used_at: datetime | None


def has_any(person: Person) -> bool:
    """Whether there is a passkey or an app; recovery codes alone are none."""
    return bool(kinds(person))


def kinds(person: Person) -> set[str]:
    """Which of passkey and app somebody has."""
    rows = Authenticator.objects.filter(user=person, type__in=(PASSKEY, APP))
    return set(rows.values_list("type", flat=True))


def passkeys_of(person: Person) -> list[Passkey]:
    """His passkeys, the oldest first."""
    rows = Authenticator.objects.filter(user=person, type=PASSKEY).order_by("id")
    return [
        Passkey(row.pk, row.data["name"], row.created_at, row.last_used_at)
        for row in rows
    ]


def recovery_codes_left(person: Person) -> int:
    """How many of his recovery codes are unused."""
    row = Authenticator.objects.filter(user=person, type=RECOVERY).first()
    return len(row.wrap().get_unused_codes()) if row else 0


def begin_passkey(person: Person) -> dict[str, Any]:
    """What the browser is to ask of a device. The challenge stays in the session."""
    options: dict[str, Any] = passkeys.begin_registration(person, passwordless=False)
    return options


def add_passkey(*, by: Person, name: str, credential: str) -> None:
    """Keep the passkey that the browser made. Raises DoesNotFit."""
    sent = {"name": name[:NAME_LENGTH], "credential": credential}
    form = AddWebAuthnForm(sent, user=by)
    if not is_valid(form):
        raise DoesNotFit
    with transaction.atomic():
        passkeys.WebAuthn.add(
            by, form.cleaned_data["name"], form.cleaned_data["credential"]
        )
        log.append(Action.FACTOR_ADDED, subject=by, actor=by, facts={"kind": PASSKEY})


def rename_passkey(*, by: Person, id: int, name: str) -> bool:
    """Give one of one's own passkeys another name; False: there is none of that id."""
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update()
        row = rows.filter(user=by, type=PASSKEY, pk=id).first()
        if row is None or not name.strip():
            return False
        row.data["name"] = name.strip()[:NAME_LENGTH]
        row.save(update_fields=["data"])
    return True


def begin_app(session: SessionBase, person: Person) -> tuple[str, str]:
    """A new secret for an app: as text and as a QR code (SVG). It waits, sealed."""
    secret = generate_totp_secret()
    session[_SECRET] = keyring(RING).encrypt(secret)
    adapter = get_adapter()
    return secret, adapter.build_totp_svg(adapter.build_totp_url(person, secret))


def add_app(session: SessionBase, *, by: Person, code: str) -> None:
    """Keep the app, once it shows the right code. Raises DoesNotFit.

    An app that was there before is replaced: its secret is of no use any more.
    """
    try:
        secret = keyring(RING).decrypt(session.get(_SECRET, ""))
    except CannotDecrypt as error:
        raise DoesNotFit from error
    if not fits(secret, code.strip()):
        raise DoesNotFit
    with transaction.atomic():
        Authenticator.objects.filter(user=by, type=APP).delete()
        TOTP.activate(by, secret)
        log.append(Action.FACTOR_ADDED, subject=by, actor=by, facts={"kind": APP})
    del session[_SECRET]


def remove(*, by: Person, kind: str, id: int | None = None) -> bool:
    """Remove one of one's own passkeys, or the app; False: there is no such factor.

    Recovery codes go with the last of them. Raises LastFactor.
    """
    with transaction.atomic():
        mine = Authenticator.objects.select_for_update().filter(user=by)
        others = mine.filter(type__in=(PASSKEY, APP))
        chosen = others.filter(type=kind) if id is None else others.filter(pk=id)
        gone = [row.pk for row in chosen]
        if not gone:
            return False
        is_last = not others.exclude(pk__in=gone).exists()
        if is_last and settings.SECOND_FACTOR:
            raise LastFactor
        mine.filter(pk__in=gone).delete()
        if is_last:
            mine.delete()
        log.append(Action.FACTOR_REMOVED, subject=by, actor=by, facts={"kind": kind})
    return True


def forget(person: Person) -> None:
    """Remove all factors of somebody who lost them, and end his sessions."""
    with transaction.atomic():
        Authenticator.objects.filter(user=person).delete()
        person.sessions.all().delete()
        log.append(Action.FACTOR_REMOVED, subject=person, facts={"kind": "all"})


def new_recovery_codes(*, by: Person) -> list[str]:
    """Ten codes that work once each; those before them work no more."""
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=by.pk)
        Authenticator.objects.filter(user=by, type=RECOVERY).delete()
        codes: list[str] = RecoveryCodes.activate(by).generate_codes()
        log.append(Action.RECOVERY_CODES_MADE, subject=by, actor=by)
    return codes
