"""Whether a token lets its service in, now and from here."""

import ipaddress
import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from redis.exceptions import RedisError

from compliance import service_token
from compliance.access import keys, policy, rates
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import ServiceKey
from compliance.models.audit import canonical_address

logger = logging.getLogger(__name__)

SEEN_EVERY = timedelta(minutes=1)
"""The last use of a key is written down no more often."""
WORDS: dict[str, Promise] = {
    "revoked": _("This key was revoked."),
    "ended": _("This key has ended."),
    "inactive": _("The service of this key is shut out."),
    "network": _("This key is not for the network you come from."),
    "surface": _("This key opens another door."),
}
TOLD_EVERY_SECONDS = 15 * 60
"""So often an entry tells that a key is refused for one reason: programs ask again."""


class NotAdmitted(Exception):
    """The token lets nobody in. reason: why, for whoever holds it; '' for unknown ones."""

    def __init__(self, reason: str = "") -> None:
        super().__init__(reason)
        self.reason = reason


def admit(
    *,
    token: str,
    address: str,
    now: datetime,
    surface: str = ServiceKey.Surface.API,
) -> ServiceKey:
    """The key of this token, its service confined to the limits of the key.

    address: where the request came from. surface: the door it stands
    at. Raises NotAdmitted; a refusal of a token that was ours is entered in the audit log.
    """
    key = _found(token)
    refusal = _refusal(key, surface, address, now)
    if refusal:
        _enter(key, refusal)
        raise NotAdmitted(str(WORDS[refusal]))
    _note_use(key, address, now)
    policy.confine(key.service, verbs=key.verbs, team_ids=key.team_ids)
    return key


def _found(token: str) -> ServiceKey:
    prefix = service_token.prefix_of(token)
    rows = ServiceKey.objects.select_related("service")
    key: ServiceKey | None = rows.filter(prefix=prefix).first() if prefix else None
    if key is None or not key.is_valid(token):
        raise NotAdmitted
    return key


def _refusal(key: ServiceKey, surface: str, address: str, now: datetime) -> str:
    """Why not, in one word; '' when it may."""
    if key.surface != surface:
        return "surface"
    if key.revoked:
        return "revoked"
    if not keys.is_running(key, now):
        return "ended"
    if not key.service.is_active:
        return "inactive"
    if key.networks is not None and not _is_within(address, key.networks):
        return "network"
    return ""


def _is_within(address: str, networks: list[str]) -> bool:
    known = canonical_address(address)
    if known is None:
        return False
    client = ipaddress.ip_address(known)
    return any(client in ipaddress.ip_network(network) for network in networks)


def _enter(key: ServiceKey, refusal: str) -> None:
    try:
        told = rates.count(
            f"key-refused:{key.pk}:{refusal}", seconds=TOLD_EVERY_SECONDS
        )
    except RedisError:
        logger.warning("rates.unreachable")
        told = 1
    if told > 1:
        return
    with transaction.atomic(durable=True):
        log.append(
            Action.SERVICE_KEY_REFUSED,
            subject=key.service,
            facts={"key": key.prefix, "reason": refusal},
        )


def _note_use(key: ServiceKey, address: str, now: datetime) -> None:
    """Write the last use down, unless that was done a moment ago."""
    due = now - SEEN_EVERY
    if key.last_used_at is not None and key.last_used_at > due:
        return
    stale = Q(last_used_at=None) | Q(last_used_at__lte=due)
    ServiceKey.objects.filter(stale, pk=key.pk).update(
        last_used_at=now, last_used_from=canonical_address(address)
    )
