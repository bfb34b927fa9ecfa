"""The form in which an officer writes a retention policy."""

import re
from typing import Any, cast
from uuid import UUID

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.consent import places
from compliance.models import (
    NumberList,
    Person,
    PhoneNumber,
    Purpose,
    RetentionPolicy,
    Team,
)
from compliance.retention import clock_events, number_lists, wording
from compliance.retention.changes import fits
from compliance.retention.periods import Period
from compliance.retention.policies import PolicyDraft
from compliance.retention.tiers import COLD, BadTiers, Shelf, moves_of

UNITS = [("D", _("days")), ("M", _("months")), ("Y", _("years"))]
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_TIERS = _(
    "Each move goes to a colder shelf, and later: seldom read after 30 days at the"
    " earliest, and for 30 days at least."
)
_EVERY_TEAM = _("every team")
_PLAIN = (
    "name", "direction", "label_key", "label_value", "clock", "grace_days", "lock_mode",
    "citation", "note",
)  # fmt: skip


def _days(shelf: RetentionPolicy.Shelf) -> forms.IntegerField:
    """After how many days the store moves things to a shelf."""
    return forms.IntegerField(
        label=shelf.label, required=False, min_value=1, max_value=36_500
    )


class PolicyForm(forms.Form):
    """Everything a version says; what is left empty covers everything."""

    name = forms.CharField(label=_("Name"), max_length=120)
    team = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.none(), required=False
    )
    teams = forms.ModelMultipleChoiceField(
        label=_("And of these teams"),
        queryset=Team.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    direction = forms.ChoiceField(
        label=_("Direction"),
        required=False,
        choices=[("", _("both")), *RetentionPolicy.Direction.choices],
    )
    places = forms.CharField(
        label=_("Places"),
        required=False,
        max_length=200,
        help_text=_("Where a party or the team is: DE, US-CA, EU. Empty: anywhere."),
    )
    purposes = forms.MultipleChoiceField(
        label=_("Recorded for"),
        required=False,
        choices=Purpose.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("At least one of these. None: for whatever purpose."),
    )
    label_key = forms.ChoiceField(label=_("Label"), required=False)
    label_value = forms.CharField(
        label=_("Value of the label"),
        required=False,
        max_length=120,
        help_text=_("Empty: whatever its value"),
    )
    numbers = forms.CharField(
        label=_("Numbers"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=_("One a line, with +: only calls with one of them are covered."),
    )
    number_list = forms.ModelChoiceField(
        label=_("List of numbers"),
        queryset=NumberList.objects.none(),
        required=False,
        help_text=_("Calls with a number that is on it at present."),
    )
    forget_numbers = forms.BooleanField(
        label=_("Drop the numbers it has so far"), required=False
    )
    least_count = forms.IntegerField(
        label=_("Keep at least"), required=False, min_value=1, max_value=36_500
    )
    least_unit = forms.ChoiceField(label=_("Unit"), choices=UNITS, initial="Y")
    most_count = forms.IntegerField(
        label=_("Delete after"), required=False, min_value=1, max_value=36_500
    )
    most_unit = forms.ChoiceField(label=_("Unit"), choices=UNITS, initial="Y")
    play_count = forms.IntegerField(
        label=_("Playable at once for"),
        required=False,
        min_value=1,
        max_value=36_500,
        help_text=_("From its end on it is not archived so long. Empty: no duty."),
    )
    play_unit = forms.ChoiceField(label=_("Unit"), choices=UNITS, initial="Y")
    clock = forms.ChoiceField(label=_("Counted from"))
    grace_days = forms.IntegerField(
        label=_("Grace (days)"),
        required=False,
        min_value=0,
        max_value=365,
        help_text=_("Hidden so long after its end, then destroyed."),
    )
    lock_mode = forms.ChoiceField(
        label=_("Lock of the store"),
        required=False,
        choices=RetentionPolicy.LockMode.choices,
        help_text=_(
            "Where the bucket has Object Lock, what has a floor is locked until then. "
            "Compliance cannot be undone by anybody, not even where the floor was a mistake."
        ),
    )
    tier_infrequent = _days(Shelf.INFREQUENT)
    tier_instant = _days(Shelf.INSTANT)
    tier_archive = _days(Shelf.ARCHIVE)
    tier_deep = _days(Shelf.DEEP)
    citation = forms.CharField(
        label=_("Legal basis"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The statute, contract or decision it rests on."),
    )
    note = forms.CharField(
        label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(
        self,
        *args: Any,
        person: Person,
        before: RetentionPolicy | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.before = before
        scope = policy.scope_for(person, Verb.EDIT_POLICY)
        team = cast("forms.ModelChoiceField[Team]", self.fields["team"])
        team.queryset = scope.narrow(Team.objects.order_by("name"), "pk")
        team.required = not scope.everything
        if scope.everything:
            teams = cast("forms.ModelMultipleChoiceField[Team]", self.fields["teams"])
            teams.queryset = Team.objects.order_by("name")
        else:
            del self.fields["teams"]
        numbers = cast("forms.ModelChoiceField[NumberList]", self.fields["number_list"])
        numbers.queryset = number_lists.seen_by(person)
        numbers.empty_label = str(_("none"))
        team.empty_label = str(_EVERY_TEAM) if scope.everything else None
        clock = cast("forms.ChoiceField", self.fields["clock"])
        clock.choices = _clocks(before)
        label = cast("forms.ChoiceField", self.fields["label_key"])
        known = sorted({*settings.CALL_LABELS, *([before.label_key] if before else [])})
        label.choices = [("", _("none")), *((key, key) for key in known if key)]
        if not (before and before.numbers):
            del self.fields["forget_numbers"]

    def clean_places(self) -> tuple[str, ...]:
        """Codes as the law book files them."""
        typed = re.split(r"[\s,;]+", self.cleaned_data["places"].strip())
        codes = sorted({places.normalise(code) for code in typed if code})
        wrong = [code for code in codes if not _PLACE.fullmatch(code)]
        if wrong:
            raise forms.ValidationError(
                _("Not the ISO code of a place: %(codes)s"),
                params={"codes": ", ".join(wrong)},
            )
        return tuple(codes)

    def clean_numbers(self) -> tuple[UUID, ...]:
        """Rows of the numbers typed."""
        return typed_numbers(self.cleaned_data["numbers"])

    def clean(self) -> dict[str, Any]:
        """It says something, and does not contradict itself."""
        said = super().clean() or {}
        least, most = self._period("least"), self._period("most")
        if not (least or most) and "least_count" not in self.errors:
            self.add_error(
                "least_count", _("Say how long: at least, at most, or both.")
            )
        elif not fits(least, most):
            self.add_error("most_count", _("It would go before it may."))
        self._check_tiers()
        if not fits(self._period("play"), most):
            self.add_error("play_count", _("It would be gone before that is over."))
        if said.get("label_value") and not said.get("label_key"):
            self.add_error("label_key", _("Which label?"))
        return said

    def _check_tiers(self) -> None:
        """What is to be heard at once is not moved where it has to be brought back."""
        try:
            moves = moves_of(self._tiers())
        except BadTiers:
            self.add_error(None, _TIERS)
            return
        cold = [move for move in moves if move.to in COLD]
        if cold and not fits(self._period("play"), f"P{cold[0].after_days}D"):
            self.add_error("play_count", _("It would lie in an archive before that."))

    def draft(self) -> PolicyDraft:
        """The version as written."""
        said = self.cleaned_data
        forget = said.get("forget_numbers")
        kept = self.before.numbers if self.before and not forget else []
        teams = {one.pk: one for one in (said["team"], *said.get("teams", ())) if one}
        several = len(teams) > 1
        return PolicyDraft(
            **{name: said[name] for name in _PLAIN}
            | {
                "grace_days": said["grace_days"] or 0,
                "lock_mode": said["lock_mode"] or RetentionPolicy.LockMode.GOVERNANCE,
            },
            team=None if several else next(iter(teams.values()), None),
            teams=tuple(sorted(teams, key=str)) if several else (),
            places=said["places"],
            number_list=said["number_list"],
            purposes=tuple(p.value for p in Purpose if p.value in said["purposes"]),
            numbers=tuple(sorted({*kept, *said["numbers"]}, key=str)),
            keep_at_least=self._period("least"),
            delete_after=self._period("most"),
            tiers=self._tiers(),
            playable_for=self._period("play"),
        )

    def _tiers(self) -> tuple[str, ...]:
        told = ((one, self.cleaned_data.get(f"tier_{one.value}")) for one in Shelf)
        return tuple(f"{one.value}-{days}" for one, days in told if days)

    def _period(self, which: str) -> str:
        count = self.cleaned_data.get(f"{which}_count")
        unit = self.cleaned_data.get(f"{which}_unit", "")
        return f"P{count}{unit}" if count and unit else ""


def typed_numbers(text: str) -> tuple[UUID, ...]:
    """Ids of the numbers in a text, one a line. Raises ValidationError for other lines."""
    lines = [line.strip() for line in text.splitlines()]
    if any(not re.fullmatch(r"\+[\d ()./-]{6,24}", one) for one in lines if one):
        raise forms.ValidationError(_("Each line wants one number, with +."))
    return tuple(PhoneNumber.from_raw(line).pk for line in lines if line)


def _clocks(before: RetentionPolicy | None) -> list[tuple[str, str]]:
    """Every clock there is, with the events; one that is over only where it is set."""
    events = {e.code: e.name for e in clock_events.usable()}
    if before and before.event:
        events.setdefault(before.event, before.event)
    chosen = [(code, str(label)) for code, label in RetentionPolicy.Clock.choices]
    for code in sorted(events):
        clock = f"{RetentionPolicy.EVENT}{code}"
        chosen.append((clock, wording.clock(clock, events)))
    return chosen


def filled_from(row: RetentionPolicy) -> dict[str, Any]:
    """A version as the form's first values; whole numbers are not shown again."""
    said: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    periods = {
        "least": row.keep_at_least,
        "most": row.delete_after,
        "play": row.playable_for,
    }
    for which, text in periods.items():
        if period := Period.parse(text):
            said |= {f"{which}_count": period.count, f"{which}_unit": period.unit}
    said |= {f"tier_{m.to.value}": m.after_days for m in moves_of(row.tiers)}
    return said | {
        "team": row.team_id,
        "teams": row.teams,
        "number_list": row.number_list_id,
        "places": ", ".join(row.places),
        "purposes": row.purposes,
    }
