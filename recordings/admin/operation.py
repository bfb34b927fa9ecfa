"""What the people who run the system look after."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.access.guards import person_of
from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import PhoneNumber
from compliance.models.phone_number import normalise
from compliance.publish import nudge_after_commit, publish_after_commit
from recordings import replays, tasks, trunks
from recordings.models import (
    Alert,
    DoNotRecord,
    LiveKitEvent,
    Restoration,
    StoreRules,
    Trunk,
)
from recordings.replays import Outcome

REPLAYED = {
    Outcome.AGAIN: _("They will be applied again: %(n)s."),
    Outcome.WAITS: _("Waiting to be applied anyway: %(n)s."),
    Outcome.BLANKED: _(
        "Not possible, what they said was blanked because its time was over: %(n)s."
    ),
    Outcome.UNKNOWN: _("Not possible, this version does not understand them: %(n)s."),
}
"""What came of asking for events to be applied again."""
IMPOSSIBLE = {Outcome.BLANKED, Outcome.UNKNOWN}


class TrunkForm(forms.ModelForm):  # type: ignore[type-arg]
    """A trunk; its number is written here and never read back."""

    new_number = forms.CharField(
        label=_("New number"),
        required=False,
        max_length=40,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("As it is dialled. It is sealed; left empty, the number stays."),
    )

    class Meta:
        model = Trunk
        fields = ("name", "livekit_id", "team", "country", "purposes")

    def clean(self) -> dict[str, Any] | None:
        """A number must be one, read in the country of the trunk, else of its team."""
        cleaned = super().clean() or self.cleaned_data
        raw, team = cleaned.get("new_number"), cleaned.get("team")
        if raw:
            country = cleaned.get("country") or (team.seat if team else "")
            e164, _place = normalise(raw, country=country)
            if not e164.startswith("+"):
                self.add_error("new_number", _("That is no telephone number."))
            cleaned["new_number"] = e164
        return cleaned


@admin.register(Trunk, site=site)
class TrunkAdmin(GuardedAdmin):
    """Which trunk belongs to which team; edits arrive in the log as diffs."""

    see = edit = Verb.EDIT_TRUNK
    form = TrunkForm
    fields = (
        "name",
        "livekit_id",
        "team",
        "masked_number",
        "new_number",
        "country",
        "purposes",
    )
    readonly_fields = ("masked_number",)
    team_path = "team_id"
    list_display = ("name", "livekit_id", "team", "number", "country", "purposes")
    list_filter = ("team", "country")
    list_select_related = ("team", "number")
    search_fields = ("name", "livekit_id")
    ordering = ("name",)

    @admin.display(description=_("number"))
    def masked_number(self, trunk: Trunk) -> str:
        """As everywhere else; a whole number is not for this site."""
        return trunk.number.masked if trunk.number else str(_("none"))

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Save, and move the calls that waited for the trunk to have an owner."""
        if e164 := form.cleaned_data.get("new_number"):
            obj.number = PhoneNumber.from_raw(e164)
        super().save_model(request, obj, form, change)
        moved = trunks.adopt(trunk=obj, by=person_of(request), now=timezone.now())
        for call_id in moved:
            publish_after_commit(tasks.reconsider, call_id=str(call_id))


@admin.register(DoNotRecord, site=site)
class DoNotRecordAdmin(GuardedAdmin):
    """Read here; kept on the page of the lists."""

    see = Verb.EDIT_LIST
    team_path = "team_id"
    list_display = ("number", "trunk", "team", "reason", "since", "until")
    list_filter = ("reason", "team")
    list_select_related = ("number", "trunk", "team")
    ordering = ("-since", "-id")


@admin.register(Alert, site=site)
class AlertAdmin(GuardedAdmin):
    """Open and closed matters; they are closed on their own page."""

    see = Verb.OPERATE
    team_path = "team_id"
    list_display = ("kind", "subject", "team", "detail", "opened_at", "closed_at")
    list_filter = ("kind", "team", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("team",)
    search_fields = ("subject__exact",)
    ordering = ("-opened_at", "-id")


@admin.register(LiveKitEvent, site=site)
class LiveKitEventAdmin(GuardedAdmin):
    """The inbox, without what the events say."""

    see = Verb.OPERATE
    list_display = (
        "id",
        "name",
        "state",
        "attempt",
        "happened_at",
        "received_at",
        "error",
    )
    list_filter = ("state", "name")
    search_fields = ("id__exact", "room_sid__exact", "egress_id__exact")
    ordering = ("-received_at", "-id")
    actions = ("apply_again",)

    @admin.action(description=_("Apply the chosen again"))
    def apply_again(
        self, request: HttpRequest, chosen: "models.QuerySet[LiveKitEvent]"
    ) -> None:
        """Through the use case; says what comes of how many."""
        outcomes = replays.again(
            events=list(chosen), by=person_of(request), now=timezone.now()
        )
        nudge_after_commit(tasks.drain_inbox)
        counts = Counter(outcomes.values())
        for outcome, words in REPLAYED.items():
            if counts[outcome]:
                level = messages.WARNING if outcome in IMPOSSIBLE else messages.INFO
                messages.add_message(request, level, words % {"n": counts[outcome]})


@admin.register(Restoration, site=site)
class RestorationAdmin(GuardedAdmin):
    """What was asked for out of archives, by whom, and how far it is."""

    see = Verb.OPERATE
    team_path = "recording__call__team_id"
    list_display = (
        "recording", "state", "speed", "asked_by", "asked_at", "expected_at", "open_until"
    )  # fmt: skip
    list_filter = ("state",)
    list_select_related = ("recording", "asked_by")
    search_fields = ("recording__id__exact",)
    ordering = ("-asked_at", "-id")


@admin.register(StoreRules, site=site)
class StoreRulesAdmin(GuardedAdmin):
    """What stores do by themselves; looked at and written on their own page."""

    see = Verb.EDIT_LIFECYCLE
    list_display = ("store", "state", "looked_at", "applied_at", "asked_by", "asked_at")
    list_filter = ("state",)
    list_select_related = ("asked_by",)
    search_fields = ("store",)
    ordering = ("store",)
