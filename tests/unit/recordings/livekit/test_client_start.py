"""A request to record, and what its answers mean: above all, may it be recording now?"""

from datetime import UTC, datetime, timedelta

import pytest
from livekit.protocol.egress import (
    AudioMixing,
    EncodedFileType,
)
from pytest_django import Settings

from recordings.livekit import client
from recordings.livekit.client import Refusal
from recordings.livekit.facts import EgressStatus, Mixing
from recordings.livekit.simulator import StartFault
from recordings.livekit.simulator.world import file_of
from tests.unit.recordings.livekit.asking import KEY, Bucket, open_room, start
from tests.unit.recordings.livekit.conftest import KEYS, LiveKit


def test_a_recording_is_asked_for_as_agreed(livekit: LiveKit) -> None:
    room = open_room(livekit)

    started = start()

    asked = room.recordings[0].composite
    assert started.status is EgressStatus.STARTING
    assert started.request_filepath == KEY
    assert started.room_sid == room.sid
    assert asked.audio_only
    assert asked.audio_mixing == AudioMixing.DUAL_CHANNEL_AGENT
    # With either of these a browser records, and the sides are mixed without a word.
    assert (asked.layout, asked.custom_base_url) == ("", "")
    assert asked.file_outputs[0].file_type == EncodedFileType.OGG
    assert asked.file_outputs[0].disable_manifest
    assert asked.file_outputs[0].WhichOneof("output") is None


def test_sides_stay_together_where_the_team_wants_that(livekit: LiveKit) -> None:
    room = open_room(livekit)

    start(mixing=Mixing.TOGETHER)

    asked = room.recordings[0].composite
    assert asked.audio_mixing == AudioMixing.DEFAULT_MIXING


def test_where_to_write_is_sent_and_comes_back_without_its_secret(
    livekit: LiveKit,
) -> None:
    room = open_room(livekit)

    start(upload=Bucket())

    sent = room.recordings[0].composite.file_outputs[0].s3
    kept = room.recordings[0].info.room_composite.file_outputs[0].s3
    assert (sent.bucket, sent.access_key, sent.secret) == ("calls", "AK", "SK")
    assert (kept.bucket, kept.access_key, kept.secret) == (
        "calls",
        "{access_key}",
        "{secret}",
    )


@pytest.mark.parametrize(
    ("fault", "reason", "retryable"),
    [
        (StartFault.NO_CAPACITY, Refusal.NO_CAPACITY, True),
        (StartFault.ROOM_GONE, Refusal.ROOM_GONE, True),
    ],
)
def test_a_refused_start_records_nothing(
    livekit: LiveKit, fault: StartFault, reason: Refusal, retryable: bool
) -> None:
    room = open_room(livekit, start=fault)

    with pytest.raises(client.StartRefused) as refused:
        start()

    assert refused.value.reason is reason
    assert refused.value.retryable is retryable
    assert room.recordings == []


@pytest.mark.parametrize(
    "fault",
    [
        StartFault.SILENCE_STARTED,
        StartFault.PROXY_PAGE_STARTED,
        StartFault.ANSWER_LOST_STARTED,
        StartFault.DEADLINE_STARTED,
    ],
)
def test_a_start_without_an_answer_is_found_by_its_key(
    livekit: LiveKit, fault: StartFault
) -> None:
    open_room(livekit, start=fault)

    with pytest.raises(client.StartUnclear):
        start(timeout_seconds=0.5)

    found = client.find(room_name="claims")
    assert [one.request_filepath for one in found] == [KEY]


@pytest.mark.parametrize("fault", [StartFault.SILENCE, StartFault.PROXY_PAGE])
def test_without_an_answer_nothing_is_claimed(
    livekit: LiveKit, fault: StartFault
) -> None:
    open_room(livekit, start=fault)

    with pytest.raises(client.StartUnclear):
        start(timeout_seconds=0.5)

    assert client.find(room_name="claims") == []


def test_a_closed_port_was_never_asked(settings: Settings) -> None:
    settings.LIVEKIT_API_KEYS = KEYS
    settings.LIVEKIT_URL = "http://127.0.0.1:9"

    with pytest.raises(client.StartRefused) as refused:
        start()

    assert refused.value.reason is Refusal.UNREACHABLE
    assert refused.value.retryable
    with pytest.raises(client.LiveKitUnavailable):
        client.find()
    with pytest.raises(client.LiveKitUnavailable):
        client.live_room("claims")
    with pytest.raises(client.LiveKitUnavailable):
        client.participants("claims")
    with pytest.raises(client.LiveKitUnavailable):
        client.stop("EG_1")


def test_a_wrong_secret_is_forbidden(livekit: LiveKit, settings: Settings) -> None:
    open_room(livekit)
    settings.LIVEKIT_API_KEYS = {"key-one": "some other secret of thirty-two letters"}

    with pytest.raises(client.StartRefused) as refused:
        start()

    assert refused.value.reason is Refusal.FORBIDDEN
    assert not refused.value.retryable


def test_a_slow_answer_is_not_waited_for_beyond_the_time_given(
    livekit: LiveKit,
) -> None:
    open_room(livekit, start=StartFault.SILENCE)
    begun = datetime.now(UTC)

    with pytest.raises(client.StartUnclear):
        start(timeout_seconds=0.3)

    assert datetime.now(UTC) - begun < timedelta(seconds=5)


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        ("ogg", EncodedFileType.OGG),
        ("mp3", EncodedFileType.MP3),
        ("mp4", EncodedFileType.MP4),
    ],
)
@pytest.mark.parametrize("mixing", [Mixing.AGENT_LEFT, Mixing.CALLER_LEFT])
def test_the_ending_of_the_key_says_what_is_written(
    livekit: LiveKit, ending: str, kind: int, mixing: Mixing
) -> None:
    room = open_room(livekit)

    start(key=f"recordings/1.{ending}", mixing=mixing)

    asked = file_of(room.recordings[0].request)
    assert (asked.file_type, asked.filepath) == (kind, f"recordings/1.{ending}")
