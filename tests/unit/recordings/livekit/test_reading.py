"""What LiveKit's JSON says, in our words, with all that may be missing or strange."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.livekit import events
from recordings.livekit.facts import Direction, EgressStatus, ParticipantKind

CALLER = {
    "sid": "PA_1",
    "identity": "sip_+493023125001",
    "name": "Phone +493023125001",
    "kind": "SIP",
    "joinedAt": "1760000000",
    "joinedAtMs": "1760000000123",
    "attributes": {
        "sip.callID": "SCL_1",
        "sip.callIDFull": "abc@carrier",
        "sip.phoneNumber": "+493023125001",
        "sip.trunkPhoneNumber": "+493023125900",
        "sip.trunkID": "ST_1",
        "sip.ruleID": "SDR_1",
        "ticket": "T-1",
    },
}
EGRESS = {
    "egressId": "EG_1",
    "roomId": "RM_1",
    "roomName": "claims-1",
    "sourceType": "EGRESS_SOURCE_TYPE_SDK",
    "status": "EGRESS_COMPLETE",
    "startedAt": "1760000000123456789",
    "endedAt": "1760000060123456789",
    "updatedAt": "1760000061123456789",
    "details": "End reason: Source closed",
    "roomComposite": {"fileOutputs": [{"filepath": "recordings/a/1.ogg"}]},
    "fileResults": [
        {
            "filename": "recordings/a/1.ogg",
            "startedAt": "1760000001000000000",
            "endedAt": "1760000060000000000",
            "duration": "59000000000",
            "size": "118000",
            "location": "https://store/calls/recordings/a/1.ogg?X-Amz-Signature=abc",
        }
    ],
}


def participant(**changes: Any) -> Any:
    found = events.participant(CALLER | changes)
    assert found is not None
    return found


def egress(**changes: Any) -> Any:
    message = {key: item for key, item in (EGRESS | changes).items() if item is not ...}
    found = events.egress(message)
    assert found is not None
    return found


def test_a_caller_on_the_telephone() -> None:
    caller = participant()

    assert caller.kind is ParticipantKind.CALLER
    assert caller.direction is Direction.INBOUND
    assert caller.sip_call_id == "SCL_1"
    assert caller.phone_number == "+493023125001"
    assert caller.trunk_number == "+493023125900"
    assert caller.trunk_id == "ST_1"
    assert caller.provider_call_id == "abc@carrier"
    assert caller.attributes["ticket"] == "T-1"
    assert caller.joined_at == datetime(2025, 10, 9, 8, 53, 20, 123000, tzinfo=UTC)


def test_a_call_we_placed_has_no_dispatch_rule() -> None:
    assert (
        participant(attributes={"sip.callID": "SCL_2"}).direction is Direction.OUTBOUND
    )


def test_the_carriers_own_id_comes_before_the_sip_one() -> None:
    attributes = {"sip.callIDFull": "abc", "sip.twilio.callSid": "CA1"}

    assert participant(attributes=attributes).provider_call_id == "CA1"


@pytest.mark.parametrize("number", ["", "anonymous", "Restricted", None])
def test_a_withheld_number_is_none(number: str | None) -> None:
    caller = participant(attributes={"sip.phoneNumber": number})

    assert caller.phone_number is None


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ("AGENT", ParticipantKind.AGENT),
        ("EGRESS", ParticipantKind.RECORDER),
        ("STANDARD", ParticipantKind.STAFF),
        ("INGRESS", ParticipantKind.OTHER),
        ("HOLOGRAM", ParticipantKind.OTHER),
        (4, ParticipantKind.AGENT),
        (99, ParticipantKind.OTHER),
    ],
)
def test_kinds(raw: object, kind: ParticipantKind) -> None:
    assert participant(kind=raw).kind is kind


def test_zero_is_left_out_so_no_kind_is_a_person_at_a_desk() -> None:
    found = events.participant({"sid": "PA_2", "joinedAt": "1760000000"})

    assert found is not None
    assert found.kind is ParticipantKind.STAFF
    assert found.direction is None


def test_track_events_do_not_say_who_it_was() -> None:
    event = events.read(
        {
            "event": "track_published",
            "participant": {"sid": "PA_1", "identity": "sip_1"},
        }
    )

    assert event.participant is not None
    assert event.participant.kind is ParticipantKind.UNSTATED


def test_the_time_of_leaving_is_the_events() -> None:
    event = events.read(
        {"event": "participant_left", "createdAt": "1760000100", "participant": CALLER}
    )

    assert event.participant is not None
    assert event.participant.left_at == datetime(2025, 10, 9, 8, 55, tzinfo=UTC)


def test_a_finished_recording() -> None:
    done = egress()

    assert done.status is EgressStatus.COMPLETE
    assert done.status.has_ended
    assert done.source_is_sdk is True
    assert done.request_filepath == "recordings/a/1.ogg"
    # Nanoseconds do not fit a float: the microseconds must be exact.
    assert done.started_at == datetime(2025, 10, 9, 8, 53, 20, 123456, tzinfo=UTC)
    assert done.file is not None
    assert done.file.size == 118000
    assert done.file.duration_ms == 59000
    assert done.file.location == "https://store/calls/recordings/a/1.ogg"


@pytest.mark.parametrize(
    ("raw", "status", "kept"),
    [
        (..., EgressStatus.STARTING, ""),
        ("EGRESS_STARTING", EgressStatus.STARTING, "EGRESS_STARTING"),
        ("EGRESS_PAUSED", EgressStatus.UNKNOWN, "EGRESS_PAUSED"),
        (1, EgressStatus.ACTIVE, "1"),
        (77, EgressStatus.UNKNOWN, "77"),
        ([], EgressStatus.UNKNOWN, "[]"),
    ],
)
def test_a_status_is_read_raw_and_never_guessed(
    raw: object, status: EgressStatus, kept: str
) -> None:
    found = egress(status=raw)

    assert found.status is status
    assert found.status_raw == kept
    assert not found.status.has_ended


@pytest.mark.parametrize(
    ("source", "status", "is_sdk"),
    [
        ("EGRESS_SOURCE_TYPE_WEB", "EGRESS_ACTIVE", False),
        (..., "EGRESS_ACTIVE", False),
        (..., ..., None),
        (..., "EGRESS_ABORTED", None),
        ("EGRESS_SOURCE_TYPE_MOON", "EGRESS_ACTIVE", None),
    ],
)
def test_who_recorded(source: object, status: object, is_sdk: bool | None) -> None:
    assert egress(sourceType=source, status=status).source_is_sdk is is_sdk


@pytest.mark.parametrize(
    "request_copy",
    [
        {"roomComposite": {"file": {"filepath": "k.ogg"}}},
        {"egress": {"outputs": [{"file": {"filepath": "k.ogg"}}]}},
        {"participant": {"fileOutputs": [{"filepath": "k.ogg"}]}},
        {"track": {"file": {"filepath": "k.ogg"}}},
        {"room_composite": {"file_outputs": [{"filepath": "k.ogg"}]}},
    ],
)
def test_the_key_is_found_in_every_kind_of_request(
    request_copy: dict[str, Any],
) -> None:
    found = events.egress({"egressId": "EG_1", **request_copy})

    assert found is not None
    assert found.request_filepath == "k.ogg"


def test_an_aborted_recording_may_list_a_file_that_is_none() -> None:
    found = egress(status="EGRESS_ABORTED", fileResults=[{"duration": "152000"}])

    assert found.file is not None
    assert found.file.size is None
    assert found.file.location == ""


def test_an_automatic_recording_that_failed_has_no_id() -> None:
    found = egress(egressId=..., status="EGRESS_FAILED", fileResults=...)

    assert found.egress_id == ""
    assert found.room_sid == "RM_1"
    assert found.file is None


def test_an_unknown_event_is_kept_and_says_so() -> None:
    event = events.read(
        {"event": "room_teleported", "id": "EV_1", "room": {"sid": "RM_1"}}
    )

    assert not event.known
    assert event.id == "EV_1"
    assert event.room is not None


def test_personal_data_stays_out_of_log_lines() -> None:
    event = events.read({"event": "x", "participant": CALLER, "egressInfo": EGRESS})

    assert "3023125" not in repr(event)
    assert "claims-1" not in repr(event)


LEAF: st.SearchStrategy[object] = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
)
KEYS = st.sampled_from(["filepath", "size", "url"])


def lists_and_objects(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    return st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner)


ODD = st.recursive(LEAF, lists_and_objects, max_leaves=4)
FIELDS = [*CALLER, *EGRESS, "creationTimeMs", "creationTime"]


@given(
    st.dictionaries(
        st.sampled_from(
            ["event", "id", "createdAt", "room", "participant", "egressInfo"]
        ),
        ODD | st.dictionaries(st.sampled_from(FIELDS), ODD),
    )
)
def test_nothing_it_is_given_makes_it_fall(payload: dict[str, Any]) -> None:
    events.read(payload)


@pytest.mark.parametrize("told", ["-5", "0", "253402300799", str(10**30)])
def test_a_time_out_of_all_bounds_is_not_known(told: str) -> None:
    event = events.read(
        {
            "event": "participant_joined",
            "createdAt": told,
            "participant": {**CALLER, "joinedAt": told, "joinedAtMs": told + "000"},
        }
    )
    assert event.created_at is None
    assert event.participant is not None
    assert event.participant.joined_at is None
