"""Keys of services: shown once, stored as a hash, revoked by one click."""

from datetime import datetime

from django.db import transaction

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person, ServiceKey


def make(
    *,
    service: Person,
    name: str,
    by: Person | None,
    until: datetime | None = None,
) -> tuple[ServiceKey, str]:
    """Make a key for a service; return its row and the token, which is kept nowhere.

    by: None is the installation itself. until: when it ends by itself. Raises Refused.
    """
    if by is not None:
        policy.require(by, Verb.MANAGE_KEYS)
    with transaction.atomic():
        key = ServiceKey(service=service, name=name, expiry_date=until)
        token = ServiceKey.objects.assign_key(key)
        key.save()
        log.append(
            Action.SERVICE_KEY_MADE,
            subject=service,
            facts={"key": key.prefix},
            actor=by,
        )
    return key, token


def revoke(*, key: ServiceKey, by: Person) -> None:
    """Revoke a key from now on; the row stays. Twice changes nothing. Raises Refused."""
    policy.require(by, Verb.MANAGE_KEYS)
    with transaction.atomic():
        current = ServiceKey.objects.select_for_update().get(pk=key.pk)
        if current.revoked:
            return
        current.revoked = True
        current.save(update_fields=["revoked"])
        log.append(
            Action.SERVICE_KEY_REVOKED,
            subject=current.service,
            facts={"key": current.prefix},
            actor=by,
        )
