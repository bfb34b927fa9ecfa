"""What people ask for by law: the request, its clock, and what was said around it.

The row itself holds codes and dates and is the log of requests. Names, addresses and
words stand in side rows, which can be erased without it.
"""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models.fields import EncryptedTextField
from compliance.models.person import Person


class SubjectRequest(models.Model):
    """One request of one person, from its receipt to its answer."""

    class Kind(models.TextChoices):
        """What is asked for."""

        ERASURE = "erasure", _("erasure")
        ACCESS = "access", _("access (copy)")
        PORTABILITY = "portability", _("portability")
        RESTRICTION = "restriction", _("restriction")
        RECTIFICATION = "rectification", _("rectification")
        OBJECTION = "objection", _("objection")
        WITHDRAWAL = "withdrawal", _("withdrawal of consent")
        LISTENERS = "listeners", _("who listened to me")

    BY_COPY = (Kind.ACCESS, Kind.PORTABILITY, Kind.LISTENERS)
    """What is answered with a copy for the person."""

    class Channel(models.TextChoices):
        """How it came."""

        MAIL = "mail", _("e-mail")
        POST = "post", _("letter")
        PHONE = "phone", _("telephone")
        IN_PERSON = "in_person", _("in person")
        API = "api", _("another system")
        FORM = "form", _("public form")

    class Identity(models.TextChoices):
        """Whether it is known who asks."""

        OPEN = "open", _("not checked yet")
        VERIFIED = "verified", _("verified")
        REFUSED = "refused", _("not proved")

    class Outcome(models.TextChoices):
        """How it ended."""

        FULFILLED = "fulfilled", _("done")
        PARTLY = "partly", _("done in part")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn by the person")
        DUPLICATE = "duplicate", _("answered with another request")

    class Ground(models.TextChoices):
        """On what it was refused, in whole or in part."""

        IDENTITY = "identity", _("the identity was not proved")
        NOTHING = "nothing", _("nothing is kept about the person")
        UNFOUNDED = "unfounded", _("manifestly unfounded")
        EXCESSIVE = "excessive", _("excessive, repeated")
        DUTY = "duty", _("a law demands that it is kept")
        CLAIMS = "claims", _("needed for legal claims")
        OTHERS = "others", _("rights of other people")
        OTHER = "other", _("another ground, in words")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    reference = models.CharField(
        _("reference"),
        max_length=9,
        unique=True,
        editable=False,
        help_text=_("By which the person and we speak of it"),
    )
    kind = models.CharField(_("asks for"), max_length=13, choices=Kind)
    law = models.CharField(_("law"), max_length=16)
    place = models.CharField(
        _("place"),
        max_length=6,
        blank=True,
        help_text=_("ISO code: whose public holidays count"),
    )
    channel = models.CharField(_("came by"), max_length=9, choices=Channel)
    language = models.CharField(_("language"), max_length=2, default="en")
    received_at = models.DateTimeField(_("received"))
    made_at = models.DateTimeField(_("written down"), default=timezone.now)
    made_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    acknowledge_by = models.DateTimeField(_("acknowledge by"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    due_at = models.DateTimeField(_("due"))
    paused_at = models.DateTimeField(_("clock stopped"), null=True)
    extended_at = models.DateTimeField(_("extended"), null=True)
    extended_to = models.DateField(
        _("extended to"),
        null=True,
        help_text=_("Where the law lets us state the day"),
    )
    assigned_to = models.ForeignKey(
        Person,
        verbose_name=_("assigned to"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    identity = models.CharField(
        _("identity"), max_length=8, choices=Identity, default=Identity.OPEN
    )
    duplicate_of = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="duplicates"
    )
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome, blank=True)
    ground = models.CharField(_("ground"), max_length=9, choices=Ground, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    person_forgotten_at = models.DateTimeField(
        _("person forgotten"),
        null=True,
        help_text=_("Who asked is not known any more: all was done and answered"),
    )
    forget_at = models.DateTimeField(
        _("kept until"), null=True, help_text=_("When the log of it is over")
    )
    reminded_days = models.SmallIntegerField(
        null=True, help_text=_("Days left when somebody was reminded last")
    )
    told_by = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("Keyed hash of the key of the call that handed it in"),
    )
    told_what = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("Keyed hash of what that call carried"),
    )

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        constraints = [
            models.CheckConstraint(
                name="request_ends_with_an_outcome",
                condition=models.Q(closed_at=None, outcome="")
                | (models.Q(closed_at__isnull=False) & ~models.Q(outcome="")),
            ),
            models.UniqueConstraint(
                fields=["made_by", "told_by"],
                condition=~models.Q(told_by=""),
                name="request_handed_in_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=models.Q(closed_at=None),
                name="request_open_by_due",
            ),
            models.Index(
                fields=["-closed_at", "-id"],
                condition=models.Q(closed_at__isnull=False),
                name="request_closed",
            ),
            models.Index(
                fields=["forget_at"],
                condition=models.Q(forget_at__isnull=False),
                name="request_to_forget",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its answer."""
        return self.closed_at is None


class RequestTexts(models.Model):
    """Who asks and in which words: all that is personal, in a row that can go."""

    request = models.OneToOneField(
        SubjectRequest, on_delete=models.CASCADE, related_name="texts"
    )
    name = EncryptedTextField(_("name"), blank=True)
    email = EncryptedTextField(_("e-mail"), blank=True)
    email_lookup = models.CharField(
        max_length=64, blank=True, db_index=True, editable=False
    )
    address = EncryptedTextField(_("postal address"), blank=True)
    words = EncryptedTextField(_("in their own words"), blank=True)

    class Meta:
        verbose_name = _("texts of a request")
        verbose_name_plural = _("texts of requests")

    def __str__(self) -> str:
        return str(self.request_id)


class RequestPause(models.Model):
    """A time for which the clock of a request stood still."""

    class Cause(models.TextChoices):
        """What we wait for."""

        IDENTITY = "identity", _("proof of identity")
        CLARIFICATION = "clarification", _("an answer to a question")

    request = models.ForeignKey(
        SubjectRequest, on_delete=models.CASCADE, related_name="pauses"
    )
    cause = models.CharField(_("waits for"), max_length=13, choices=Cause)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True)

    class Meta:
        verbose_name = _("pause of a request")
        verbose_name_plural = _("pauses of requests")
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=models.Q(until=None),
                name="request_paused_once",
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class RequestNote(models.Model):
    """What one of us wrote about a request; the log knows only that he did."""

    class About(models.TextChoices):
        """What it is about."""

        COMMENT = "comment", _("comment")
        PAUSE = "pause", _("why the clock stands still")
        EXTENSION = "extension", _("why it is extended")
        IDENTITY = "identity", _("why the identity is not proved")
        CLOSING = "closing", _("why it ended so")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    request = models.ForeignKey(
        SubjectRequest, on_delete=models.CASCADE, related_name="notes"
    )
    about = models.CharField(_("about"), max_length=9, choices=About)
    text = EncryptedTextField(_("text"))
    by = models.ForeignKey(
        Person, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("note on a request")
        verbose_name_plural = _("notes on requests")
        indexes = [models.Index(fields=["request", "at"], name="request_notes")]

    def __str__(self) -> str:
        return str(self.id)
