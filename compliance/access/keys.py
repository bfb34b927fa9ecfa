"""Keys of services: shown once, stored as a hash, narrow, ending, revoked by a click."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person, ServiceKey

LONGEST = timedelta(days=366)
"""No key lasts longer: whoever forgets one is reminded by its end."""
SHORTEST = timedelta(days=30)
"""What replaces a key lasts at least so long."""


class KeyRefused(ValueError):
    """Such a key is not made. The text says why."""


def make(
    *,
    service: Person,
    name: str,
    by: Person | None,
    now: datetime,
    until: datetime,
    verbs: Sequence[Verb] | None = None,
    team_ids: Sequence[UUID] | None = None,
    networks: Sequence[str] | None = None,
    surface: str = ServiceKey.Surface.API,
) -> tuple[ServiceKey, str]:
    """Make a key for a service; return its row and the token, which is kept nowhere.

    by: None is the installation itself. until: when it ends, a year away at most.
    verbs, team_ids, networks (CIDR): its limits within the roles of the service, None
    for none. surface: the door it opens. Raises Refused, or KeyRefused for an end that cannot be.
    """
    if by is not None:
        policy.require(by, Verb.MANAGE_KEYS)
    if not now < until <= now + LONGEST:
        raise KeyRefused(_("A key ends within a year."))
    key = ServiceKey(
        service=service,
        name=name,
        created=now,
        expiry_date=until,
        verbs=None if verbs is None else [verb.value for verb in verbs],
        team_ids=None if team_ids is None else list(team_ids),
        networks=None if networks is None else list(networks),
        made_by=by,
        surface=surface,
    )
    with transaction.atomic():
        token = _keep(key)
        log.append(
            Action.SERVICE_KEY_MADE,
            subject=service,
            facts={
                "key": key.prefix,
                "until": _stamp(until),
                "verbs": None if key.verbs is None else len(key.verbs),
                "teams": None if key.team_ids is None else len(key.team_ids),
                "networks": None if key.networks is None else len(key.networks),
            },
            actor=by,
        )
    return key, token


def rotate(
    *, key: ServiceKey, by: Person, now: datetime, overlap: timedelta
) -> tuple[ServiceKey, str]:
    """Make a key with the same limits; the old one ends when the overlap is over.

    The new one lasts as long as the old was made for. Returns its row and its token.
    Raises Refused, or KeyRefused when the old one has ended or was replaced before.
    """
    policy.require(by, Verb.MANAGE_KEYS)
    with transaction.atomic():
        old = ServiceKey.objects.select_for_update().get(pk=key.pk)
        if not is_running(old, now):
            raise KeyRefused(_("This key has ended: make a new one."))
        if any(is_running(newer, now) for newer in old.replaced_by.all()):
            raise KeyRefused(_("This key has been replaced already."))
        new = ServiceKey(
            service_id=old.service_id,
            name=old.name,
            created=now,
            expiry_date=now + _length(old),
            verbs=old.verbs,
            team_ids=old.team_ids,
            networks=old.networks,
            replaces=old,
            made_by=by,
            surface=old.surface,
        )
        token = _keep(new)
        old.expiry_date = min(old.expiry_date or now + overlap, now + overlap)
        old.save(update_fields=["expiry_date"])
        log.append(
            Action.SERVICE_KEY_ROTATED,
            subject=old.service,
            facts={
                "key": new.prefix,
                "replaces": old.prefix,
                "ends": _stamp(old.expiry_date),
            },
            actor=by,
        )
    return new, token


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


def is_running(key: ServiceKey, now: datetime) -> bool:
    """Whether it still lets its service in."""
    ends = key.expiry_date
    return not key.revoked and (ends is None or ends > now)


def _keep(key: ServiceKey) -> str:
    token = ServiceKey.objects.assign_key(key)
    key.save()
    return token


def _length(key: ServiceKey) -> timedelta:
    if key.expiry_date is None:
        return LONGEST
    return min(max(key.expiry_date - key.created, SHORTEST), LONGEST)


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
