"""By which names staff take part in calls: what makes a call somebody's own."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.keys import keyring
from compliance.models.fields import EncryptedTextField
from compliance.models.person import Person

_STAFF = "a member of staff\0"


class StaffIdentity(models.Model):
    """An identity under which a person joins rooms, sealed and found by a keyed hash.

    A row stays when it has ended: an identity that was somebody's never becomes
    another's, to whom it would open the earlier one's calls.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="staff_identities"
    )
    identity = EncryptedTextField(_("identity in rooms"))
    lookup = models.CharField(max_length=64, unique=True, editable=False)
    given_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    given_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("staff identity")
        verbose_name_plural = _("staff identities")
        indexes: ClassVar = [
            models.Index(
                fields=["person"], condition=Q(ended_at=None), name="staff_identity_now"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="staff_identity_not_to_oneself",
                condition=Q(given_by=None) | ~Q(given_by=models.F("person")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


def staff_mark(identity: str) -> str:
    """What stands on a call for somebody of the staff: his identity's keyed hash."""
    return keyring("number_lookup").digest(_STAFF + identity)


def staff_marks(identity: str) -> list[str]:
    """What may stand there: the hash under every key, newest first."""
    return keyring("number_lookup").digests(_STAFF + identity)
