"""The people, and the regions they work in."""

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PersonManager(BaseUserManager["Person"]):
    """Makes people; roles are granted apart, by `access.grants`."""

    def create_user(
        self, email: str, password: str | None = None, **fields: object
    ) -> "Person":
        """Create a person with a hashed password, or with none (identity provider)."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.save()
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        """Find by e-mail, whatever its case."""
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Somebody, or a service, that acts in the portal.

    There is no superuser: what a person may do is answered by `access.policy` alone.
    """

    class Kind(models.TextChoices):
        """A person or a machine."""

        HUMAN = "human", _("person")
        SERVICE = "service", _("service")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.HUMAN)
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("active"), default=True)
    time_zone = models.CharField(
        _("time zone"),
        max_length=64,
        blank=True,
        default="",
        help_text=_("Empty: the zone of the browser"),
    )
    language = models.CharField(
        _("language"),
        max_length=10,
        blank=True,
        default="",
        help_text=_("Empty: the language of the browser"),
    )
    theme = models.CharField(_("theme"), max_length=5, blank=True, default="")
    is_break_glass = models.BooleanField(
        _("break-glass account"),
        default=False,
        help_text=_("For when nothing else lets anybody in: each use raises an alert"),
    )
    wants_alert_mail = models.BooleanField(
        _("mail me about alerts"),
        default=True,
        help_text=_("About those you may settle: the pressing at once, others hourly"),
    )
    issuer = models.CharField(max_length=255, blank=True, default="", editable=False)
    subject = models.CharField(
        _("id at the identity provider"),
        max_length=255,
        blank=True,
        default="",
        help_text=_("What its token says of this person; empty: no single sign-on"),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_person_per_identity",
                fields=["issuer", "subject"],
                condition=~models.Q(subject=""),
            ),
            models.CheckConstraint(
                name="an_identity_has_an_issuer",
                condition=models.Q(issuer="", subject="")
                | ~models.Q(issuer="") & ~models.Q(subject=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """The name shown in headers and the admin site."""
        return self.name

    def get_short_name(self) -> str:
        """The first word of the name."""
        return self.name.split(" ", 1)[0]


class Region(models.Model):
    """A part of the organisation under one legal seat."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120, unique=True)

    class Meta:
        verbose_name = _("region")
        verbose_name_plural = _("regions")

    def __str__(self) -> str:
        return self.name
