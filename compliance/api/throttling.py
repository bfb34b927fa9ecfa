"""How often a caller may ask: counted per key or person, atomically, by the minute."""

import logging
import time
from typing import TYPE_CHECKING

from django.conf import settings
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from compliance.access import rates
from compliance.audit import context
from compliance.models import Person, ServiceKey

if TYPE_CHECKING:  # the views read the settings that name this class
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

MINUTE = 60


class PerCaller(BaseThrottle):
    """So many requests a minute for each key, and for each person without one.

    Two keys of a service do not take each other's share. While Redis cannot be reached
    nobody is turned away.
    """

    _wait: float | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the request; False once there were too many in this minute."""
        now = time.time()
        minute, passed = divmod(now, MINUTE)
        try:
            asked = rates.count(
                f"rate:{_who(request)}:{minute:.0f}", seconds=MINUTE + 1
            )
        except RedisError:
            logger.warning("rates.unreachable")
            return True
        self._wait = MINUTE - passed
        return asked <= int(settings.REQUESTS_A_MINUTE)

    def wait(self) -> float | None:
        """Seconds until the next minute, for Retry-After."""
        return self._wait


def _who(request: Request) -> str:
    if isinstance(request.auth, ServiceKey):
        return f"key:{request.auth.pk}"
    if isinstance(request.user, Person):
        return f"person:{request.user.pk}"
    return f"address:{context.current().address}"
