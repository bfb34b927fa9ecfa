"""Tokens by which services (voice agents, back offices) call the API."""

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.crypto import KeyGenerator
from rest_framework_api_key.models import AbstractAPIKey, BaseAPIKeyManager

from compliance import service_token
from compliance.models.person import Person


class TokenGenerator(KeyGenerator):
    """The library's hash, of tokens that look like ours."""

    def generate(self, brand: str = service_token.BRAND) -> tuple[str, str, str]:
        """A token, its prefix, and its hash."""
        token = service_token.make(brand)
        return token, service_token.prefix_of(token), self.hash(token)


class ServiceKeyManager(BaseAPIKeyManager):
    """Makes keys whose primary key tells nothing: the library's holds the hash."""

    key_generator = TokenGenerator()

    def assign_key(self, obj: "ServiceKey") -> str:  # type: ignore[override]
        """Give a new row its secret; returns the token, which is shown only once."""
        key, obj.prefix, obj.hashed_key = self.key_generator.generate(obj.brand)
        return str(key)

    def adopt(self, token: str, *, service: Person, name: str) -> None:
        """Accept a token that `service_token.make` made elsewhere for this service."""
        self.get_or_create(
            prefix=service_token.prefix_of(token),
            defaults={
                "name": name,
                "service": service,
                "hashed_key": self.key_generator.hash(token),
            },
        )


class ServiceKey(AbstractAPIKey):
    """A token of one service: what that service's roles allow, within its own limits.

    surface: the one door it opens. verbs, team_ids and networks are limits; None is none.
    An unknown verb or team reaches nothing.
    """

    class Surface(models.TextChoices):
        """Where a token is taken, and nowhere else."""

        API = "api", _("API")
        SCIM = "scim", _("directory (SCIM)")

    BRANDS: ClassVar[dict[str, str]] = {
        Surface.API: service_token.BRAND,
        Surface.SCIM: service_token.SCIM_BRAND,
    }

    id = models.UUIDField(  # type: ignore[assignment]
        primary_key=True, default=uuid.uuid4, editable=False
    )
    created = models.DateTimeField(
        _("made"), db_index=True, default=timezone.now, editable=False
    )
    service = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="service_keys"
    )
    surface = models.CharField(max_length=4, choices=Surface, default=Surface.API)
    verbs = ArrayField(
        models.CharField(max_length=32), verbose_name=_("for"), null=True
    )
    team_ids = ArrayField(models.UUIDField(), verbose_name=_("teams"), null=True)
    networks = ArrayField(
        models.CharField(max_length=43), verbose_name=_("from networks"), null=True
    )
    replaces = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    made_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    last_used_at = models.DateTimeField(_("last used"), null=True, editable=False)
    last_used_from = models.GenericIPAddressField(null=True, editable=False)

    objects: ClassVar[ServiceKeyManager] = ServiceKeyManager()  # type: ignore[assignment]

    @property
    def brand(self) -> str:
        """The first words of its token."""
        return self.BRANDS[self.surface]

    class Meta(AbstractAPIKey.Meta):
        verbose_name = _("service key")  # type: ignore[assignment]
        verbose_name_plural = _("service keys")  # type: ignore[assignment]
