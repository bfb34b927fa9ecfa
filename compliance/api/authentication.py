"""Who calls the API: a service by its key, or a person by the session of the pages."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from compliance.audit import context
from compliance.models import Person, ServiceKey

SCHEME = "Api-Key"


class ServiceKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key PREFIX.SECRET`; what it may do are its service's roles."""

    def authenticate(self, request: Request) -> tuple[Person, ServiceKey] | None:
        """Return (service, key), or None when the request carries no key of ours.

        Raises AuthenticationFailed for one that is unknown, revoked or expired.
        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME.lower():
            return None
        key = _valid_key(token.strip())
        if key is None or not key.service.is_active:
            raise AuthenticationFailed
        context.identify(key.service)
        return key.service, key

    def authenticate_header(self, request: Request) -> str:
        """So that a missing key is answered 401, not 403."""
        return SCHEME


def _valid_key(token: str) -> ServiceKey | None:
    prefix, _, _secret = token.partition(".")
    usable = ServiceKey.objects.filter(revoked=False).select_related("service")
    key: ServiceKey | None = usable.filter(prefix=prefix).first()
    if key is None or key.has_expired or not key.is_valid(token):
        return None
    return key


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
            "description": "Api-Key PREFIX.SECRET",
        }
