"""What a store does by itself: as it was read, as it should be, and who asked for it."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models import Person


class StoreRules(models.Model):
    """The lifecycle of one store. A worker reads and writes it: web processes may not."""

    class State(models.TextChoices):
        """What was found when the store was asked last."""

        UNSEEN = "", _("not asked yet")
        NONE = "none", _("the store does nothing by itself")
        FITS = "fits", _("as the policies say")
        DIFFERS = "differs", _("not as the policies say")
        DRIFTED = "drifted", _("changed past the portal")
        FAILED = "failed", _("the store did not answer")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.CharField(_("store"), max_length=200, unique=True)
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.UNSEEN, blank=True
    )
    looked_at = models.DateTimeField(_("looked at"), null=True)
    found = models.JSONField(
        default=list, help_text=_("The rules of the store: name, text, destroys")
    )
    planned = models.JSONField(
        default=list, help_text=_("The rules it would have with ours as they should be")
    )
    applied = models.CharField(
        max_length=64, blank=True, help_text=_("Fingerprint of ours as put there last")
    )
    applied_at = models.DateTimeField(_("applied"), null=True)
    asked_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    asked_at = models.DateTimeField(_("asked for"), null=True)
    asked_found = models.CharField(
        max_length=64,
        blank=True,
        help_text=_("Fingerprint of the rules that were shown"),
    )
    asked_planned = models.CharField(max_length=64, blank=True)
    trouble = models.CharField(
        max_length=40, blank=True, help_text=_("Why the last try came to nothing")
    )

    class Meta:
        verbose_name = _("rules of a store")
        verbose_name_plural = _("rules of stores")
        ordering = ["store"]

    def __str__(self) -> str:
        return self.store
