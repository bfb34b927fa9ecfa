"""The form in which an officer writes a new version of a consent rule."""

import datetime as dt
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.consent import places
from compliance.consent.rules import RuleDraft
from compliance.models import Announce, ConsentRule, Level, Purpose

AS_THE_RULE = ""
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _levels() -> list[tuple[str, str | Promise]]:
    return [(level.code, level.label) for level in Level]


class RuleForm(forms.Form):
    """Everything a version says. One row of fields per purpose that may differ."""

    effective_from = forms.DateField(
        label=_("Begins"),
        widget=DAY,
        help_text=_("The first day it holds, in UTC. Calls before it keep their rule."),
    )
    effective_to = forms.DateField(
        label=_("Last day"),
        widget=DAY,
        required=False,
        help_text=_("Empty: until a later version begins."),
    )
    level = forms.ChoiceField(label=_("Asks for"), choices=_levels)
    strict_level = forms.ChoiceField(
        label=_("For strict teams"),
        choices=_levels,
        help_text=_("What teams that chose the strict level are asked for."),
    )
    announce = forms.ChoiceField(label=_("Order"), choices=Announce.choices)
    repeat_tone_seconds = forms.IntegerField(
        label=_("Tone every (seconds)"), required=False, min_value=1, max_value=3600
    )
    statute = forms.ChoiceField(
        label=_("Statute names"),
        required=False,
        choices=[("", "–"), *ConsentRule.Statute.choices],  # noqa: RUF001
    )
    citation = forms.CharField(
        label=_("Citation"),
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The statute, decision or opinion this version rests on."),
    )
    note = forms.CharField(
        label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 5})
    )
    confidence = forms.ChoiceField(
        label=_("Confidence"), choices=ConsentRule.Confidence.choices
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for purpose in Purpose:
            self.fields[f"level_{purpose}"] = forms.ChoiceField(
                label=purpose.label,
                required=False,
                choices=[(AS_THE_RULE, _("as the rule")), *_levels()],
            )
            self.fields[f"keep_{purpose}"] = forms.IntegerField(
                label=_("%(purpose)s, days") % {"purpose": purpose.label},
                required=False,
                min_value=1,
                max_value=36_500,
            )

    @property
    def head(self) -> list[BoundField]:
        """The fields about the whole rule."""
        apart = ("level_", "keep_")
        return [field for field in self if not field.name.startswith(apart)]

    @property
    def by_purpose(self) -> list[tuple[Purpose, BoundField, BoundField]]:
        """Each purpose with its level and its limit."""
        return [(p, self[f"level_{p}"], self[f"keep_{p}"]) for p in Purpose]

    def clean(self) -> dict[str, Any]:
        """A strict team is never asked for less."""
        cleaned = super().clean() or {}
        if {"level", "strict_level"} <= cleaned.keys():
            level, strict = map(
                Level.from_code, (cleaned["level"], cleaned["strict_level"])
            )
            if strict < level:
                self.add_error(
                    "strict_level", _("A strict team cannot be asked for less.")
                )
        return cleaned

    def draft(self, *, place: str, place_name: str) -> RuleDraft:
        """The version as written, for a place."""
        said = self.cleaned_data
        return RuleDraft(
            place=place,
            place_name=place_name,
            level=Level.from_code(said["level"]),
            strict_level=Level.from_code(said["strict_level"]),
            purpose_levels={
                purpose: Level.from_code(said[f"level_{purpose}"])
                for purpose in Purpose
                if said[f"level_{purpose}"] not in {AS_THE_RULE, said["level"]}
            },
            max_keep_days={
                purpose: said[f"keep_{purpose}"]
                for purpose in Purpose
                if said[f"keep_{purpose}"]
            },
            announce=Announce(said["announce"]),
            repeat_tone_seconds=said["repeat_tone_seconds"],
            statute=said["statute"],
            citation=said["citation"],
            note=said["note"],
            confidence=said["confidence"],
            effective_from=said["effective_from"],
            effective_to=said["effective_to"],
        )


class PlaceForm(RuleForm):
    """The first version of a place the book does not know yet."""

    place = forms.RegexField(
        label=_("Place"),
        regex=r"^[A-Za-z]{2}(-[A-Za-z0-9]{1,3})?$",
        help_text=_("The ISO code of a country or of a part of one: PE, US-GU."),
    )
    place_name = forms.CharField(label=_("Name"), max_length=80)
    field_order = ("place", "place_name")

    def clean_place(self) -> str:
        """The code rules are filed under; one that has a rule is edited instead."""
        place = places.normalise(self.cleaned_data["place"])
        if ConsentRule.objects.filter(place=place).exists():
            raise forms.ValidationError(
                _("This place has a rule or a draft already: change it.")
            )
        return place


def filled_from(rule: ConsentRule, *, today: dt.date) -> dict[str, Any]:
    """A version as the form's first values, to begin today or when it begins later; a
    draft as it is."""
    begins = rule.effective_from
    said: dict[str, Any] = {
        "effective_from": begins if rule.is_draft else max(today, begins),
        "effective_to": rule.effective_to,
        "level": Level(rule.level).code,
        "strict_level": Level(rule.strict_level).code,
        "announce": rule.announce,
        "repeat_tone_seconds": rule.repeat_tone_seconds,
        "statute": rule.statute,
        "citation": rule.citation,
        "note": rule.note,
        "confidence": rule.confidence,
    }
    said |= {f"level_{p}": code for p, code in rule.purpose_levels.items()}
    return said | {f"keep_{p}": days for p, days in rule.max_keep_days.items()}
