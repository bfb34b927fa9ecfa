"""What the API shows and takes. Numbers are masked; names are left to the pages."""

import re
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from compliance.consent import places
from compliance.consent.duty import Cause
from compliance.models import Purpose, Remedy
from recordings import playback
from recordings.consent import MOST_OFFSET_MS
from recordings.models import Call, CallLabel, ConsentRecord, Party, Recording

_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)


class PartySerializer(serializers.ModelSerializer[Party]):
    """A party. Place and language may be declared by whoever knows better."""

    number = serializers.CharField(
        source="number.masked", read_only=True, default=None, allow_null=True
    )
    country = serializers.CharField(source="number.country", read_only=True, default="")

    class Meta:
        model = Party
        fields = (
            "id",
            "call",
            "role",
            "number",
            "country",
            "declared_place",
            "billing_place",
            "language",
            "joined_at",
            "left_at",
        )
        read_only_fields = ("id", "call", "role", "joined_at", "left_at")

    def update(self, instance: Party, validated_data: dict[str, Any]) -> Party:
        """Save; the language somebody declares is not LiveKit's to change any more."""
        if validated_data.get("language", instance.language) != instance.language:
            instance.told_at.pop("language", None)
        return super().update(instance, validated_data)

    def validate_declared_place(self, value: str) -> str:
        """An ISO code, in the form rules are filed under."""
        return _place(value)

    def validate_billing_place(self, value: str) -> str:
        """An ISO code, in the form rules are filed under."""
        return _place(value)


def _place(told: str) -> str:
    """A place as rules name it; '' is not known. Raises ValidationError."""
    place = places.normalise(told)
    if place and not _PLACE.fullmatch(place):
        raise serializers.ValidationError("An ISO code, such as DE or US-WA.")
    return place


class RecordingSerializer(serializers.ModelSerializer[Recording]):
    """A part of a call. It never carries a link: those are asked for one by one."""

    open_purposes = serializers.SerializerMethodField()
    held = serializers.BooleanField(
        source="is_held", read_only=True, help_text="Kept on a legal ground"
    )

    class Meta:
        model = Recording
        fields = (
            "id",
            "call",
            "part",
            "state",
            "reason",
            "findings",
            "is_partial",
            "duration_ms",
            "bytes",
            "sha256",
            "codec",
            "channels",
            "started_at",
            "ended_at",
            "expires_at",
            "held",
            "open_purposes",
        )
        read_only_fields = fields

    @extend_schema_field(
        serializers.ListField(child=serializers.ChoiceField(Purpose.choices))
    )
    def get_open_purposes(self, recording: Recording) -> list[str]:
        """The purposes it may be heard for."""
        return [
            purpose.value
            for purpose in playback.open_purposes(recording, now=timezone.now())
        ]


class CallSerializer(serializers.ModelSerializer[Call]):
    """A call with its parties and parts."""

    team = serializers.CharField(source="team.name", read_only=True)
    provisional = serializers.BooleanField(source="is_provisional", read_only=True)
    ended_by = serializers.ChoiceField(
        Call.EndedBy.choices, read_only=True, allow_blank=True
    )
    held = serializers.SerializerMethodField()
    restricted = serializers.SerializerMethodField()
    labels = serializers.SerializerMethodField()
    parties = PartySerializer(many=True, read_only=True)
    recordings = RecordingSerializer(many=True, read_only=True)

    class Meta:
        model = Call
        fields = (
            "id",
            "room",
            "sip_call_id",
            "provider_call_id",
            "team",
            "direction",
            "provisional",
            "started_at",
            "ended_at",
            "ended_by",
            "duration_ms",
            "consent",
            "capture",
            "expires_at",
            "held",
            "restricted",
            "labels",
            "parties",
            "recordings",
        )
        read_only_fields = fields

    def get_held(self, call: Call) -> bool:
        """Whether a part of it is kept on a legal ground."""
        return any(getattr(part, "is_held", False) for part in call.recordings.all())

    def get_restricted(self, call: Call) -> bool:
        """Whether it is only stored. Who may not see such calls never meets one."""
        return any(getattr(part, "is_restricted", 0) for part in call.recordings.all())

    @extend_schema_field(serializers.DictField(child=serializers.CharField()))
    def get_labels(self, call: Call) -> dict[str, str]:
        """Labels and external references."""
        return {label.key: label.value for label in call.labels.all()}


class ConsentRecordSerializer(serializers.ModelSerializer[ConsentRecord]):
    """An act of consent, as it was reported."""

    class Meta:
        model = ConsentRecord
        fields = (
            "id",
            "call",
            "party",
            "kind",
            "by",
            "purposes",
            "occurred_at",
            "offset_ms",
            "script",
            "script_version",
            "language",
            "reported_at",
        )
        read_only_fields = fields


class ConsentReportSerializer(serializers.Serializer[Any]):
    """What a voice agent reports."""

    kind = serializers.ChoiceField(ConsentRecord.Kind.choices)
    by = serializers.ChoiceField(
        [choice for choice in ConsentRecord.By.choices if choice[0] != "standing"],
        default=ConsentRecord.By.VOICE,
    )
    party = serializers.UUIDField(required=False, allow_null=True)
    participant = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=64,
        help_text="LiveKit participant sid; empty: everybody on the line",
    )
    purposes = serializers.ListField(
        child=serializers.ChoiceField(Purpose.choices), default=list
    )
    occurred_at = serializers.DateTimeField(required=False)
    offset_ms = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_OFFSET_MS,
        help_text="From the start of the call",
    )
    script = serializers.CharField(required=False, allow_blank=True, max_length=40)
    script_version = serializers.CharField(
        required=False, allow_blank=True, max_length=40
    )
    language = serializers.CharField(required=False, allow_blank=True, max_length=12)
    evidence = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class SpokenSerializer(serializers.Serializer[Any]):
    """One text to speak."""

    script = serializers.CharField()
    version = serializers.CharField()
    language = serializers.CharField()
    text = serializers.CharField()


class DutySerializer(serializers.Serializer[Any]):
    """The law that demands a recording of this call, and what it asks for without one."""

    code = serializers.CharField()
    on_refusal = serializers.ChoiceField(Remedy.choices)
    on_failure = serializers.ChoiceField(Remedy.choices)


class InstructionSerializer(serializers.Serializer[Any]):
    """What to do now that the call is not recorded; its words are in `say` as well."""

    act = serializers.ChoiceField(Remedy.choices)
    because = serializers.ChoiceField([cause.value for cause in Cause])
    text = serializers.CharField()


class ConsentPlanSerializer(serializers.Serializer[Any]):
    """What to say, and when the recorder may run."""

    call = serializers.UUIDField()
    provisional = serializers.BooleanField(
        help_text="A voice agent declared the call; LiveKit has not told of it yet"
    )
    level = serializers.ChoiceField(("one_party", "notice", "explicit"))
    may_record = serializers.BooleanField()
    start = serializers.ChoiceField(
        ("now", "after_announcement", "after_consent", "never")
    )
    why = serializers.CharField()
    disclose_ai = serializers.BooleanField(
        help_text="Somebody on the line is still to be told that an AI speaks"
    )
    say = SpokenSerializer(many=True)
    ask_for = serializers.ListField(child=serializers.ChoiceField(Purpose.choices))
    open_purposes = serializers.ListField(
        child=serializers.ChoiceField(Purpose.choices)
    )
    say_by = serializers.DateTimeField(allow_null=True)
    recording = serializers.ChoiceField(Call.Capture.choices)
    duty = DutySerializer(allow_null=True)
    instruction = InstructionSerializer(allow_null=True)


class LabelsSerializer(serializers.Serializer[Any]):
    """Labels to set, by name; an empty value removes one.

    Values stand in clear: codes, never a telephone number or an e-mail address.
    """

    labels = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=120)
    )

    def validate_labels(self, value: dict[str, str]) -> dict[str, str]:
        """Only codes, and only under names of the allow-list."""
        return checked_labels(value)


def checked_labels(value: dict[str, str]) -> dict[str, str]:
    """Labels as they may be kept. Raises ValidationError for others."""
    unknown = sorted(set(value) - set(settings.CALL_LABELS))
    if unknown:
        known = ", ".join(settings.CALL_LABELS)
        raise serializers.ValidationError(f"Not on the list of labels: {known}")
    persons = sorted(k for k, text in value.items() if not CallLabel.is_code(text))
    if persons:
        raise serializers.ValidationError(
            f"Labels are for codes and stand in clear: {', '.join(persons)} looks "
            "like a telephone number or an e-mail address. Put a letter before a "
            "code of digits alone, as in T-1234567."
        )
    return value
