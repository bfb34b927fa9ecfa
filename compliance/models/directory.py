"""People and groups as the organisation's directory knows them, told by SCIM."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.group import Group
from compliance.models.person import Person


class DirectoryAccount(models.Model):
    """One person's account in the directory. Who has none is out of its reach.

    active: what the directory said last. shut_out: it was the directory that shut the
    person out, so that it may let him in again; whom an administrator shut out, only
    an administrator lets in. removed_at: deleted there, and answered as unknown; the
    row stays, as what the person did stays his.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.OneToOneField(
        Person, on_delete=models.PROTECT, related_name="directory_account"
    )
    user_name = models.CharField(max_length=255)
    external_id = models.CharField(max_length=255, blank=True, default="")
    display_name = models.CharField(max_length=255, blank=True, default="")
    formatted = models.CharField(max_length=255, blank=True, default="")
    given_name = models.CharField(max_length=255, blank=True, default="")
    family_name = models.CharField(max_length=255, blank=True, default="")
    active = models.BooleanField(default=True)
    shut_out = models.BooleanField(default=False)
    made_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("directory account")
        verbose_name_plural = _("directory accounts")
        constraints: ClassVar = [
            # case does not count in a userName (RFC 7643 4.1.1); Django asks by UPPER
            models.UniqueConstraint(
                Upper("user_name"),
                name="directory_user_name_once",
                condition=Q(removed_at=None),
            ),
            models.UniqueConstraint(
                name="directory_external_id_once",
                fields=["external_id"],
                condition=Q(removed_at=None) & ~Q(external_id=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class DirectoryGroup(models.Model):
    """A group whose name and members the directory tells. Its roles are given here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    group = models.OneToOneField(
        Group, on_delete=models.CASCADE, related_name="directory_group"
    )
    external_id = models.CharField(max_length=255, blank=True, default="")
    made_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("directory group")
        verbose_name_plural = _("directory groups")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="directory_group_external_id_once",
                fields=["external_id"],
                condition=Q(removed_at=None) & ~Q(external_id=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
