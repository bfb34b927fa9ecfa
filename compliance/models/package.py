"""A file that somebody asks for and a worker makes: what all kinds of them have."""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.person import Person


class PackageState(models.TextChoices):
    """From the wish to the end of the file."""

    WAITING = "waiting", _("waiting")
    MAKING = "making", _("being made")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")
    GONE = "gone", _("deleted")


class Package(models.Model):
    """One file of one person. The row stays when the file has gone."""

    State = PackageState
    UNFINISHED = (State.WAITING, State.MAKING)
    """States in which a worker still has something to do."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=PackageState,
        default=PackageState.WAITING,
    )
    reason = models.CharField(
        _("reason"), max_length=60, blank=True, help_text=_("Why it failed: a code")
    )
    file_name = models.CharField(
        max_length=100, help_text=_('Its name in STORAGES["exports"]')
    )
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    made_at = models.DateTimeField(_("made"), null=True)
    expires_at = models.DateTimeField(_("goes"))

    attempt = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.id)

    @property
    def is_unfinished(self) -> bool:
        """Whether a worker still has something to do."""
        return self.state in self.UNFINISHED
