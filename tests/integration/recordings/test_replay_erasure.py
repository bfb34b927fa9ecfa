"""A backup from before a person asked comes back: the journal erases them again."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance import tasks
from compliance.access import approving
from compliance.access.roles import Role
from compliance.keys import keyring
from compliance.models import PhoneNumber
from compliance.models.phone_number import name_form
from compliance.requests import carry_out, identity, plan
from compliance.requests.identity import Link, Source
from compliance.retention import stops
from recordings import media_store
from recordings.models import LiveKitEvent, Party, Recording
from tests.backups import backup
from tests.cast import Cast
from tests.factories.recordings import CallFactory, PartyFactory, RecordingFactory
from tests.factories.requests import asked, verified
from tests.factories.second_person import second
from tests.nothing_left import Facts, left

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now()
NUMBER, NAME = "+4915112349876", "Erika Zitronenfalter"
OTHER = Facts(numbers=("+4930222333",), names=("Paul Unbeteiligt",))


def recorded(cast: Cast, number: PhoneNumber | None, name: str) -> Recording:
    """A call with them, its file, and what LiveKit told."""
    call = CallFactory.create(team=cast.claims, started_at=NOW - timedelta(days=1))
    PartyFactory.create(
        call=call,
        number=number,
        name=name,
        name_lookup=keyring("number_lookup").digest(name_form(name)),
        joined_at=call.started_at,
    )
    key = f"recordings/{call.id}/01.ogg"
    media_store.store().put(key, io.BytesIO(name.encode()), "audio/ogg")
    LiveKitEvent.objects.create(
        id=f"EV_{call.id}",
        name="participant_joined",
        api_key="key",
        room_sid=call.room.sid,
        happened_at=call.started_at,
        signed_at=call.started_at,
        received_at=call.started_at,
        applied_at=call.started_at,
        state="applied",
        payload=f'{{"name": "{name}"}}',
    )
    return RecordingFactory.create(call=call, object_key=key)


def test_who_was_erased_stays_erased(
    cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
    settings.VAULT_STORE = {"kind": "local", "root": tmp_path / "away"}
    other, store = second(Role.OFFICER), media_store.store()
    gone = [
        recorded(cast, PhoneNumber.of(NUMBER), NAME),
        recorded(cast, None, NAME),  # known by name alone
    ]
    stays = recorded(cast, PhoneNumber.of(OTHER.numbers[0]), OTHER.names[0])
    assert not stops.halted(now=NOW)
    with backup() as copy:
        request = asked(cast.officer, now=NOW, numbers=(NUMBER,), name=NAME)
        verified(request, cast.officer, now=NOW)
        link = Link(name=NAME)
        identity.link(
            request=request, what=link, source=Source.ADDED, by=cast.officer, now=NOW
        )
        made = plan.make(request=request, by=cast.officer, now=NOW)
        approval = plan.freeze(plan=made, by=cast.officer, now=NOW)
        approving.approve(approval=approval, by=other, now=NOW)
        approval.refresh_from_db()
        approving.carry_out(approval=approval, by=other, now=NOW)
        while carry_out.advance(plan_id=made.pk, now=NOW):
            pass
        tasks.settle_journal()
        copy.restore()

    person = Facts(numbers=(NUMBER,), names=(NAME,))
    assert left(person), "the backup knows them"
    assert stops.halted(now=NOW)
    call_command("replay_journal")

    assert left(person, folders=(tmp_path,)) == []
    for part in gone:
        assert Recording.objects.get(pk=part.pk).state == Recording.State.DESTROYED
        assert Party.objects.filter(call=part.call_id).exists(), "that somebody spoke"
    assert store.head(stays.object_key)
    assert left(OTHER), "others are as they were"
    assert not stops.halted(now=NOW)
