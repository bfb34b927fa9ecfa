"""Tokens by which services (voice agents, back offices) call the API."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.models import AbstractAPIKey

from compliance.models.person import Person


class ServiceKey(AbstractAPIKey):
    """A token of one service; what it may do are the role grants of that service."""

    service = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="service_keys"
    )

    class Meta(AbstractAPIKey.Meta):
        verbose_name = _("service key")
        verbose_name_plural = _("service keys")
