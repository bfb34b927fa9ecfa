"""The security measures that are really switched on (GDPR Art. 32), asked of what runs.

Each is a name, what is so, and whether something is missing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.audit import registered, seals
from compliance.keys import keyring
from compliance.models import AuditCheck, SiemTarget
from compliance.models.fields import PERSONAL, EncryptedTextField
from compliance.vault import VaultError, vault

LATE = timedelta(days=1)
"""A log that was not sealed for so long is not sealed."""

Measure = tuple[str, str, bool]
"""Its name, what is so, whether something is missing."""


def taken(*, now: datetime) -> Iterator[Measure]:
    """Every measure the portal knows of, as it stands."""
    yield _encryption()
    yield _store_encryption()
    yield _on_or_off(_("Encrypted connections to pages and API"), is_on=settings.HTTPS)
    yield _on_or_off(_("Second factor for people"), is_on=settings.SECOND_FACTOR)
    yield _sign_in()
    yield _sessions()
    yield _object_lock()
    yield _sealed(now)
    yield _checked()
    yield _forwarded()


def _encryption() -> Measure:
    """Names, numbers and words that are sealed before the database has them."""
    fields = [
        field
        for model, classes in registered.holding_personal().items()
        for field in model._meta.fields
        if field.name in classes.personal and isinstance(field, EncryptedTextField)
    ]
    told = _("%(n)s kinds of field, under the key %(key)s")
    key = keyring(PERSONAL).current.id
    name = _("Names, numbers and words encrypted in the database")
    return name, told % {"n": len(fields), "key": key}, not fields


def _store_encryption() -> Measure:
    is_on = bool(settings.MEDIA_STORE.get("encrypted"))
    name = _("Recordings encrypted by the store")
    return (
        name,
        _("yes, asked of each file") if is_on else _("not asked of it"),
        not is_on,
    )


def _sign_in() -> Measure:
    if settings.OIDC:
        return _("Signing in"), _("by the identity provider"), False
    return _("Signing in"), _("by password"), False


def _sessions() -> Measure:
    told = _("after %(n)s minutes without use")
    minutes = settings.SESSION_IDLE_SECONDS // 60
    return _("Sessions end"), told % {"n": minutes}, False


def _object_lock() -> Measure:
    name = _("Object lock of the store")
    try:
        locks = vault().capabilities().locks
    except VaultError:
        locks = None
    if locks is None:
        return name, _("not known: it could not be asked"), True
    return name, _("on") if locks else _("the store cannot lock"), not locks


def _sealed(now: datetime) -> Measure:
    name, last = _("Audit log sealed"), seals.latest()
    if last is None:
        return name, _("never"), True
    told = _("%(n)s entries, last on %(day)s")
    day = date_format(last.sealed_at, "Y-m-d H:i")
    said = told % {"n": last.size, "day": f"{day} UTC"}
    return name, said, now - last.sealed_at > LATE


def _checked() -> Measure:
    name = _("Audit log checked")
    last = AuditCheck.objects.order_by("-ended_at").first()
    if last is None:
        return name, _("never"), True
    day = date_format(last.ended_at, "Y-m-d")
    told = _("%(day)s, nothing found") if last.is_sound else _("%(day)s, with findings")
    return name, told % {"day": day}, not last.is_sound


def _forwarded() -> Measure:
    count = SiemTarget.objects.filter(is_active=True).count()
    told = ngettext("to %(n)s receiver", "to %(n)s receivers", count) % {"n": count}
    return _("Audit log sent outside"), told if count else _("nowhere"), not count


def _on_or_off(name: str, *, is_on: bool) -> Measure:
    return name, _("on") if is_on else _("off"), not is_on
