"""Restricted processing: what is only kept, for whose sake, and until when."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField
from compliance.models.person import Person
from compliance.models.request import SubjectRequest
from compliance.models.request_letter import RequestLetter


class Restriction(models.Model):
    """One thing that is only stored: for one request, or by an officer's own decision.

    A thing is restricted while one of its rows has not ended (GDPR Art. 18).
    """

    class Ground(models.TextChoices):
        """Why it may only be kept."""

        ERASURE = "erasure", _("its erasure is asked for")
        OBJECTION = "objection", _("the person objects")
        ACCURACY = "accuracy", _("its accuracy is contested")
        WITHDRAWAL = "withdrawal", _("consent was withdrawn")
        CLAIMS = "claims", _("kept for the person's legal claims")
        OTHER = "other", _("another ground, in words")

    class End(models.TextChoices):
        """How it ended, once it has."""

        LIFTED = "lifted", _("lifted")
        DESTROYED = "destroyed", _("destroyed, with the thing itself")
        TOO_LATE = "too_late", _("never began: it was being destroyed already")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=32)
    item_id = models.UUIDField()
    request = models.ForeignKey(
        SubjectRequest,
        null=True,
        on_delete=models.SET_NULL,
        related_name="restrictions",
        help_text=_("Empty: an officer's own decision, or its request is forgotten"),
    )
    ground = models.CharField(_("ground"), max_length=10, choices=Ground)
    why = EncryptedTextField(_("reason"), blank=True)
    placed_by = models.ForeignKey(
        Person,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: brought back from the journal, by whom is not known here"),
    )
    placed_at = models.DateTimeField(_("since"))
    end = models.CharField(_("ended"), max_length=9, choices=End, blank=True)
    lifted_at = models.DateTimeField(_("until"), null=True)
    lifted_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_why = EncryptedTextField(_("reason to lift it"), blank=True)

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "item_id", "request"],
                condition=models.Q(lifted_at=None),
                name="restricted_once_a_request",
            ),
            models.CheckConstraint(
                name="restriction_ends_somehow",
                condition=models.Q(lifted_at=None, end="")
                | (models.Q(lifted_at__isnull=False) & ~models.Q(end="")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["item_id", "kind"],
                condition=models.Q(lifted_at=None),
                name="restricted_item",
            ),
            models.Index(
                fields=["-placed_at", "-id"],
                condition=models.Q(lifted_at=None),
                name="restriction_in_force",
            ),
            models.Index(
                fields=["-lifted_at", "-id"],
                condition=models.Q(lifted_at__isnull=False),
                name="restriction_over",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RequestRestriction(models.Model):
    """That a request restricts all there is about its person, and how far that is.

    Its items are rows of `Restriction`, listed and lifted page by page: whatever is left
    to do stands here, so that no task has to be remembered.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        SubjectRequest, on_delete=models.CASCADE, related_name="restricting"
    )
    ground = models.CharField(_("ground"), max_length=10, choices=Restriction.Ground)
    why = EncryptedTextField(_("reason"), blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField(_("since"))
    listed_at = models.DateTimeField(
        _("listed"), null=True, help_text=_("Empty: there may be more to restrict")
    )
    lift_asked_at = models.DateTimeField(_("to be lifted since"), null=True)
    lift_asked_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    lift_why = EncryptedTextField(_("reason to lift it"), blank=True)
    notice = models.ForeignKey(
        RequestLetter,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("The letter that must leave before anything is lifted"),
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True)

    class Meta:
        verbose_name = _("restriction by a request")
        verbose_name_plural = _("restrictions by requests")
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=models.Q(lifted_at=None),
                name="request_restricts_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["since"],
                condition=models.Q(lifted_at=None)
                & (models.Q(listed_at=None) | models.Q(lift_asked_at__isnull=False)),
                name="restricting_to_do",
            )
        ]

    def __str__(self) -> str:
        return str(self.id)
