"""Tokens by which services (voice agents, back offices) call the API."""

import uuid
from typing import ClassVar

from django.db import models
from rest_framework_api_key.models import AbstractAPIKey, BaseAPIKeyManager

from compliance.models.person import Person


class ServiceKeyManager(BaseAPIKeyManager):
    """Makes keys whose primary key tells nothing: the library's holds the hash."""

    def assign_key(self, obj: AbstractAPIKey) -> str:
        """Give a new row its secret; returns the token, which is shown only once."""
        key, obj.prefix, obj.hashed_key = self.key_generator.generate()
        return str(key)

    def adopt(self, token: str, *, service: Person, name: str) -> None:
        """Accept a token made elsewhere (`PREFIX.SECRET`) for this service."""
        prefix, _, _secret = token.partition(".")
        self.get_or_create(
            prefix=prefix,
            defaults={
                "name": name,
                "service": service,
                "hashed_key": self.key_generator.hash(token),
            },
        )


class ServiceKey(AbstractAPIKey):
    """A token of one service; what it may do are the role grants of that service."""

    id = models.UUIDField(  # type: ignore[assignment]
        primary_key=True, default=uuid.uuid4, editable=False
    )
    service = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="service_keys"
    )

    objects: ClassVar[ServiceKeyManager] = ServiceKeyManager()  # type: ignore[assignment]

    class Meta(AbstractAPIKey.Meta):
        verbose_name = "service key"
        verbose_name_plural = "service keys"
