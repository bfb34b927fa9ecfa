"""What voice agents tell of a call, and what they are told of its recording."""

from typing import Any

from rest_framework import serializers

from recordings.api.serializers import checked_labels
from recordings.api.waiting import LONGEST_SECONDS
from recordings.models import Call, Pause
from recordings.parties import LONGEST_LABEL, LONGEST_LANGUAGE
from recordings.recording_state import State


def _wait(seconds: int) -> serializers.IntegerField:
    """How long to wait for an answer; without a word, so long."""
    return serializers.IntegerField(
        default=seconds, min_value=0, max_value=LONGEST_SECONDS, help_text="Seconds"
    )


class StateQuerySerializer(serializers.Serializer[Any]):
    """How to ask for the state."""

    wait = _wait(0)
    known = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=40,
        help_text="The version of the last answer: wait until there is another",
    )


class PauseSerializer(serializers.ModelSerializer[Pause]):
    """A pause that goes on."""

    class Meta:
        model = Pause
        fields = ("reason", "asked_at", "confirmed_at", "ends_by")
        read_only_fields = fields


class RecordingStateSerializer(serializers.Serializer[Any]):
    """Whether the call is being recorded at this moment, and why."""

    call = serializers.UUIDField()
    provisional = serializers.BooleanField()
    state = serializers.ChoiceField([(one.value, one.name) for one in State])
    is_recording = serializers.BooleanField()
    why = serializers.CharField(help_text="A code", allow_blank=True)
    explanation = serializers.CharField(help_text="The code in words", allow_blank=True)
    part = serializers.IntegerField()
    since = serializers.DateTimeField(allow_null=True)
    pause = PauseSerializer(allow_null=True)
    version = serializers.CharField()


class PauseRequestSerializer(serializers.Serializer[Any]):
    """Why nothing may be recorded, and how long to wait for certainty."""

    reason = serializers.ChoiceField(Pause.Reason.choices)
    wait = _wait(10)


class PausedSerializer(RecordingStateSerializer):
    """paused: LiveKit has said that the recorder ended, so nothing is recorded."""

    paused = serializers.BooleanField()
    confirmed_at = serializers.DateTimeField(allow_null=True)


class DeclarationSerializer(serializers.Serializer[Any]):
    """A caller of whom LiveKit's webhook may not have told yet."""

    room_name = serializers.CharField(max_length=256)
    participant = serializers.CharField(
        max_length=64, help_text="The SIP participant's sid"
    )
    sip_call_id = serializers.CharField(max_length=128, help_text="sip.callID")
    trunk_id = serializers.CharField(max_length=64, help_text="sip.trunkID")
    number = serializers.CharField(
        max_length=40,
        required=False,
        allow_blank=True,
        help_text="The outside party's; empty: withheld",
    )
    direction = serializers.ChoiceField(Call.Direction.choices, required=False)
    language = serializers.CharField(
        max_length=LONGEST_LANGUAGE, required=False, allow_blank=True
    )
    labels = serializers.DictField(
        child=serializers.CharField(allow_blank=True, max_length=LONGEST_LABEL),
        required=False,
    )

    def validate_labels(self, value: dict[str, str]) -> dict[str, str]:
        """Only codes, and only under names of the allow-list."""
        return checked_labels(value)
