"""Who comes as the directory: by a token of its own, counted, and refused with an entry."""

import logging
import time

from django.db import transaction
from django.utils import timezone
from redis.exceptions import RedisError
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from compliance.access import admission, rates
from compliance.audit import context, log
from compliance.audit.actions import Action
from compliance.models import Person, ServiceKey

logger = logging.getLogger(__name__)

SCHEME = "Bearer"
A_MINUTE = 3000
"""Entra ID wants to send 25 requests a second; this is twice as many."""
WINDOW_SECONDS = 15 * 60
WRONG_MOST = 50
"""So many wrong tokens from one address are answered 401 in a window, then 429."""


class DirectoryToken(BaseAuthentication):
    """`Authorization: Bearer TOKEN`, made on the page of keys for this door alone."""

    def authenticate(self, request: Request) -> tuple[Person, ServiceKey]:
        """The directory and its token. Raises AuthenticationFailed, Throttled."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        given = token.strip() if scheme.lower() == SCHEME.lower() else ""
        try:
            key = admission.admit(
                token=given,
                address=context.current().address,
                now=timezone.now(),
                surface=ServiceKey.Surface.SCIM,
            )
        except admission.NotAdmitted as refused:
            _count_wrong(
                "unknown" if given else "missing", is_told=bool(refused.reason)
            )
            raise AuthenticationFailed(refused.reason or None) from refused
        context.identify(key.service)
        return key.service, key

    def authenticate_header(self, request: Request) -> str:
        """So that a missing token is answered 401, not 403."""
        return f'{SCHEME} realm="scim"'


class IsDirectory(BasePermission):
    """Whoever came in by a token of this door. It gives no role and needs none."""

    access_guard = "directory token"

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the request carries such a token."""
        key = request.auth
        return isinstance(key, ServiceKey) and key.surface == ServiceKey.Surface.SCIM


class DirectoryRate(BaseThrottle):
    """So many requests a minute for each token."""

    _wait = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request; False once there were too many in this minute."""
        key = request.auth
        if isinstance(key, ServiceKey):
            self._wait = rates.wait(f"key:{key.pk}", now=time.time(), most=A_MINUTE)
        return not self._wait

    def wait(self) -> float | None:
        """Seconds until the next minute, for Retry-After."""
        return self._wait


def _count_wrong(reason: str, *, is_told: bool) -> None:
    """Count, and tell the log once in a while. is_told: the key's own entry did."""
    address = context.current().address
    try:
        wrong = rates.count(f"scim-wrong:{address}", seconds=WINDOW_SECONDS)
    except RedisError:
        logger.warning("rates.unreachable")
        wrong = 1
    if wrong == 1 and not is_told:
        with transaction.atomic(durable=True):
            log.append(Action.DIRECTORY_REFUSED, facts={"reason": reason})
    if wrong > WRONG_MOST:
        raise Throttled(wait=WINDOW_SECONDS)
