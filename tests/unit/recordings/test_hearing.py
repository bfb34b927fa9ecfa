"""What a link is decided on is what the pages say of the same part."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from compliance.models import Purpose
from recordings import consent, hearing
from recordings.consent_facts import OF_RECORDING
from recordings.models import Call, ConsentRecord, Party, Recording
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import ConsentRecordFactory, PartyFactory

Kind = ConsentRecord.Kind
ALL = tuple(Purpose)


@pytest.fixture
def call(cast: Cast) -> Call:
    """A German call with nothing said yet, recorded for every purpose."""
    return hearable_call(cast.claims, acts=(), purposes=ALL)


@pytest.fixture
def part(call: Call) -> Recording:
    """Its part."""
    return part_of(call)


def same(part: Recording, cast: Cast) -> set[Purpose]:
    """The open purposes, as pages read them and as the lock reads them."""
    found = hearing.locked(part.id, listener=cast.reviewer)
    assert found is not None
    under_lock = {purpose for purpose in Purpose if found.is_open_for(purpose)}
    assert under_lock == set(consent.open_purposes(Recording.objects.get(id=part.id)))
    return under_lock


def say(call: Call, kind: Kind, **fields: object) -> None:
    """Something was said halfway."""
    at = call.started_at + timedelta(seconds=30)
    ConsentRecordFactory.create(call=call, kind=kind, **{"occurred_at": at, **fields})


def test_both_agree_whatever_was_said(cast: Cast, call: Call, part: Recording) -> None:
    caller = call.parties.get(role=Party.Role.CALLER)
    assert same(part, cast) == set()
    say(call, Kind.ANNOUNCED, party=None)
    assert same(part, cast) == {Purpose.LEGAL_DUTY}
    say(call, Kind.GRANTED, party=caller, purposes=[Purpose.QUALITY])
    assert same(part, cast) == {Purpose.LEGAL_DUTY, Purpose.QUALITY}
    say(call, Kind.GRANTED, party=caller, purposes=[])
    assert same(part, cast) == set(Purpose)
    later = call.started_at + timedelta(seconds=31)
    say(call, Kind.REFUSED, party=caller, occurred_at=later, purposes=["evidence"])
    assert same(part, cast) == set(Purpose) - {Purpose.EVIDENCE}
    for kind in set(Kind) - OF_RECORDING:
        say(call, kind, party=caller)
    assert same(part, cast) == set(Purpose) - {Purpose.EVIDENCE}


def test_both_ask_whoever_was_there_while_it_ran(
    cast: Cast, call: Call, part: Recording
) -> None:
    caller = call.parties.get(role=Party.Role.CALLER)
    say(call, Kind.GRANTED, party=caller)
    gone = call.started_at + timedelta(seconds=1)
    PartyFactory.create(call=call, joined_at=call.started_at, left_at=gone)
    assert same(part, cast)
    PartyFactory.create(call=call, joined_at=None)
    assert same(part, cast) == set()


def test_both_take_the_newest_verdict_and_none_opens_nothing(
    cast: Cast, call: Call, part: Recording
) -> None:
    say(call, Kind.GRANTED, party=call.parties.get(role=Party.Role.CALLER))
    assert same(part, cast)
    call.verdicts.all().delete()
    assert same(part, cast) == set()


def test_it_is_the_row_itself(cast: Cast, part: Recording) -> None:
    found = hearing.locked(part.id, listener=cast.reviewer)
    assert found is not None
    with CaptureQueriesContext(connection) as asked:
        for name in ("state", "expires_at", "duration_ms", "object_key", "version_id"):
            assert getattr(found.recording, name) == getattr(part, name)
        assert found.recording.team_id == cast.claims.id
        assert found.recording.call.team.ask_reason is False
    assert len(asked) == 0
    assert found.recording.sha256 == part.sha256, (
        "what was left out is read when asked for"
    )


def test_what_is_not_there(cast: Cast) -> None:
    assert hearing.locked(uuid4(), listener=cast.reviewer) is None
