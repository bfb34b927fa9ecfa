"""What leaves the portal by itself: signed events to subscribers, mails to people."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Person, Team
from compliance.models.fields import EncryptedTextField


class EventKind(models.TextChoices):
    """What subscribers can be told of; docs/events.md describes each."""

    RECORDING_AVAILABLE = "recording.available", _("a recording can be heard")
    CALL_ENDED = "call.ended", _("a call ended")
    ALERT_OPENED = "alert.opened", _("an alert opened")
    APPROVAL_ASKED = "approval.asked", _("a second person is asked for")
    POLICY_KEEPS_LONGER = "policy.keeps_longer", _("a policy keeps longer")
    REQUEST_DUE = "request.due", _("a request of a person is due soon")
    RESTORED = "recording.restored", _("a recording came out of an archive")
    TEST = "test", _("a test")


_OURS = (
    EventKind.TEST,
    EventKind.APPROVAL_ASKED,
    EventKind.POLICY_KEEPS_LONGER,
    EventKind.REQUEST_DUE,
    EventKind.RESTORED,
)
SUBSCRIBABLE = [choice for choice in EventKind.choices if choice[0] not in _OURS]


class EventSubscription(models.Model):
    """Somebody else's address that is told of what happens here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(
        _("address"),
        max_length=500,
        help_text=_("https://…; events are sent there by POST"),
    )
    kinds = ArrayField(
        models.CharField(max_length=24, choices=SUBSCRIBABLE), verbose_name=_("events")
    )
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: the events of all teams, and of none"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    secret = EncryptedTextField(ring="event_secrets", editable=False)
    secret_key_id = models.CharField(
        max_length=40, editable=False, help_text=_("The key that sealed the secret")
    )
    old_secret = EncryptedTextField(ring="event_secrets", blank=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, editable=False)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    failures = models.PositiveIntegerField(
        _("failures in a row"), default=0, editable=False
    )
    rests_until = models.DateTimeField(_("rests until"), null=True, editable=False)

    class Meta:
        verbose_name = _("event subscription")
        verbose_name_plural = _("event subscriptions")

    def __str__(self) -> str:
        return self.name


class OutgoingEvent(models.Model):
    """One message to one receiver, written in the transaction of what it tells of.

    It goes to a subscription, or as mail to a person.
    """

    class State(models.TextChoices):
        """From the fact to the receiver's answer."""

        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        GIVEN_UP = "given_up", _("given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("event"), max_length=24, choices=EventKind)
    subscription = models.ForeignKey(
        EventSubscription, null=True, on_delete=models.PROTECT, related_name="events"
    )
    person = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+"
    )
    payload = models.JSONField(help_text=_("Opaque ids, codes and figures only"))
    state = models.CharField(
        _("state"), max_length=8, choices=State, default=State.WAITING
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    last_status = models.CharField(
        _("last answer"), max_length=40, blank=True, help_text=_("A code")
    )
    attempt = models.PositiveIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due"))
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("outgoing message")
        verbose_name_plural = _("outgoing messages")
        constraints = [
            models.CheckConstraint(
                name="outgoing_has_one_receiver",
                condition=models.Q(subscription=None, person__isnull=False)
                | models.Q(subscription__isnull=False, person=None),
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state="waiting"),
                name="outgoing_due",
            ),
            models.Index(
                fields=["created_at"],
                condition=~models.Q(state="waiting"),
                name="outgoing_over",
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
