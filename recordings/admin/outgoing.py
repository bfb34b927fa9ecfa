"""Who is told of what by signed events, and how the telling goes."""

from contextlib import suppress
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from compliance.access.guards import person_of
from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.wire import reach
from recordings.models import EventSubscription, OutgoingEvent
from recordings.outgoing import subscriptions


class SubscriptionForm(forms.ModelForm):  # type: ignore[type-arg]
    """An address, and what it is told of."""

    class Meta:
        model = EventSubscription
        fields = ["name", "url", "kinds", "team", "is_active"]

    def clean_url(self) -> str:
        """One that events may be sent to; whether somebody answers, a test shows."""
        url: str = self.cleaned_data["url"]
        try:
            with suppress(OSError):  # a worker may know the name, where we do not
                reach.addresses(reach.target(url))
        except reach.OutOfReach as refused:
            raise forms.ValidationError(str(refused)) from refused
        return url


@admin.register(EventSubscription, site=site)
class EventSubscriptionAdmin(GuardedAdmin):
    """Subscriptions are made, switched off, and given new secrets; none is deleted."""

    see = edit = Verb.MANAGE_KEYS
    form = SubscriptionForm
    list_display = (
        "name", "kinds", "team", "is_active", "failures", "rests_until", "made_at"
    )  # fmt: skip
    list_filter = ("is_active", "team")
    list_select_related = ("team",)
    search_fields = ("name",)
    ordering = ("name",)
    actions = ("send_test", "renew_secret")

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Through the use cases; a new secret is told in a message, once."""
        if change:
            subscriptions.change(subscription=obj, by=person_of(request))
            return
        made, secret = subscriptions.make(
            name=obj.name,
            url=obj.url,
            kinds=obj.kinds,
            team=obj.team,
            by=person_of(request),
            now=timezone.now(),
        )
        obj.pk = made.pk
        obj._state.adding = False
        _tell(request, made, secret)

    @admin.action(description=_("Send a test to the chosen"))
    def send_test(
        self, request: HttpRequest, chosen: "models.QuerySet[EventSubscription]"
    ) -> None:
        """Through the use case; how it went stands with the outgoing messages."""
        for subscription in chosen:
            subscriptions.try_out(
                subscription=subscription, by=person_of(request), now=timezone.now()
            )
        messages.info(request, _("On its way: see the outgoing messages."))

    @admin.action(description=_("Make a new secret; the old one works for a day"))
    def renew_secret(
        self, request: HttpRequest, chosen: "models.QuerySet[EventSubscription]"
    ) -> None:
        """Through the use case."""
        for subscription in chosen:
            secret = subscriptions.renew_secret(
                subscription=subscription, by=person_of(request), now=timezone.now()
            )
            _tell(request, subscription, secret)


def _tell(request: HttpRequest, subscription: EventSubscription, secret: str) -> None:
    messages.warning(
        request,
        _("Copy the secret of %(name)s now, it is not shown again: %(secret)s")
        % {"name": subscription.name, "secret": secret},
    )


@admin.register(OutgoingEvent, site=site)
class OutgoingEventAdmin(GuardedAdmin):
    """What left, what waits, and the last answer to each."""

    see = Verb.MANAGE_KEYS
    list_display = (
        "created_at", "kind", "receiver", "state", "attempt", "last_status", "due_at",
        "sent_at",
    )  # fmt: skip
    list_filter = ("state", "kind", "subscription")
    list_select_related = ("subscription", "person")
    search_fields = ("id__exact",)
    ordering = ("-created_at", "-id")
    actions = ("send_again",)

    @admin.display(description=_("to"))
    def receiver(self, event: OutgoingEvent) -> str:
        """The subscription, or the person who is mailed."""
        return str(event.subscription or event.person)

    @admin.action(description=_("Send again what was given up"))
    def send_again(
        self, request: HttpRequest, chosen: "models.QuerySet[OutgoingEvent]"
    ) -> None:
        """Through the use case."""
        done = subscriptions.send_again(
            events=list(chosen), by=person_of(request), now=timezone.now()
        )
        words = ngettext(
            "%(n)s message is sent again.", "%(n)s messages are sent again.", done
        )
        messages.info(request, words % {"n": done})
