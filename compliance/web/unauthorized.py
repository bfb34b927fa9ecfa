"""The one answer to who asks for a part of a page, or by script, without a session."""

from django.http import JsonResponse
from django.utils.functional import Promise

HINT = "X-Sign-In"
"""Where to have the session checked, in a tab of its own."""
UNAUTHORIZED = 401


def unauthorized(
    *, reason: str | Promise, ask: str | Promise = "", sign_in: str = ""
) -> JsonResponse:
    """401. Nothing of what was asked has happened.

    sign_in: where the session can be checked, in another tab, so that the page stays
    as it is; without one the session is over, and the page leads to the door.
    """
    told = {"reason": reason, "ask": ask, "sign_in": sign_in}
    response = JsonResponse(
        {key: value for key, value in told.items() if value}, status=UNAUTHORIZED
    )
    if sign_in:
        response.headers[HINT] = sign_in
    return response
