"""Who calls the API: a service by its key, or a person by the session of the pages."""

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from compliance.access import admission
from compliance.audit import context
from compliance.models import Person, ServiceKey

SCHEME = "Api-Key"


class ServiceKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key TOKEN`: the roles of a service, within the key's limits."""

    def authenticate(self, request: Request) -> tuple[Person, ServiceKey] | None:
        """Return (service, key), or None when the request carries no key of ours.

        Raises AuthenticationFailed for one that lets nobody in, or not from there.
        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        try:
            key = admission.admit(
                token=token.strip(),
                address=context.current().address,
                now=timezone.now(),
            )
        except admission.NotAdmitted as refused:
            raise AuthenticationFailed(refused.reason or None) from refused
        context.identify(key.service)
        return key.service, key

    def authenticate_header(self, request: Request) -> str:
        """So that a missing key is answered 401, not 403."""
        return SCHEME


class ServiceKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Tells the OpenAPI description of the scheme."""

    target_class = ServiceKeyAuthentication
    name = "serviceKey"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        """An API key in a header."""
        return {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "Api-Key earwitness_PREFIX_SECRET",
        }
