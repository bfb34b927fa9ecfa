"""How often a caller may ask: counted per key or person, atomically, by the minute."""

import time
from typing import TYPE_CHECKING

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from compliance.access import rates
from compliance.audit import context
from compliance.models import Person, ServiceKey

if TYPE_CHECKING:  # the views read the settings that name this class
    from rest_framework.views import APIView


class PerCaller(BaseThrottle):
    """So many requests a minute for each key, and for each person without one.

    Two keys of a service do not take each other's share.
    """

    _wait = 0

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Count the request; False once there were too many in this minute."""
        self._wait = rates.wait(_who(request), now=time.time())
        return not self._wait

    def wait(self) -> float | None:
        """Seconds until the next minute, for Retry-After."""
        return self._wait


def _who(request: Request) -> str:
    if isinstance(request.auth, ServiceKey):
        return f"key:{request.auth.pk}"
    if isinstance(request.user, Person):
        return f"person:{request.user.pk}"
    return f"address:{context.current().address}"
