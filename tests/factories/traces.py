"""A person who has left something of every kind, and a call that two people shared."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from compliance.custody import Bearing, Scope, Subject
from compliance.keys import keyring
from compliance.models import (
    Ground,
    NumberList,
    NumberListMember,
    PhoneNumber,
    Purpose,
    Restriction,
    StandingConsent,
)
from compliance.models.phone_number import name_form
from compliance.requests import traces
from recordings.models import (
    Call,
    CallLabel,
    CompensatingControl,
    Discrepancy,
    EmergencyListen,
    Export,
    ExportedCall,
    Party,
    ProducedItem,
    Production,
    Purge,
    Recording,
    SavedSearch,
    Spill,
    ToldEvent,
    Volume,
)
from tests.cast import Cast
from tests.factories.compliance import ClockEventFactory
from tests.factories.recordings import (
    STARTED,
    AlertFactory,
    CallFactory,
    ConsentRecordFactory,
    DisclosureFactory,
    ListenFactory,
    LiveKitEventFactory,
    PartyFactory,
    RecordingFactory,
    RoomFactory,
)
from tests.nothing_left import Facts

NOW = STARTED + timedelta(days=30)


@dataclass
class Somebody:
    """A person by number and name."""

    number: str
    name: str

    @property
    def row(self) -> PhoneNumber:
        """Their number's row."""
        return PhoneNumber.of(self.number)

    @property
    def subject(self) -> Subject:
        """As custodians and traces are asked about them."""
        return Subject((Bearing(self.row.pk),), frozenset({hashed(self.name)}))

    @property
    def facts(self) -> Facts:
        """All that must not be left of them."""
        room = f"call-_{self.number}_x"
        return Facts((self.number,), (self.name,), (room, f"sip_{self.number}"))


def hashed(name: str) -> str:
    """How a name stands in the database."""
    return keyring("number_lookup").digest(name_form(name))


def seat(who: Somebody, call: Call, **fields: Any) -> Party:
    """They take part in a call."""
    return PartyFactory.create(
        call=call,
        number=who.row,
        name=who.name,
        name_lookup=hashed(who.name),
        identity=f"sip_{who.number}",
        sip_call_id=f"{who.number}@x",
        labels={"ticket": who.name},
        told_at={"ticket": STARTED.isoformat()},
        **fields,
    )


def called(cast: Cast, who: Somebody, **fields: Any) -> Call:
    """A call of theirs alone, in a room named after their number, with LiveKit's words."""
    name = f"call-_{who.number}_x"
    room = RoomFactory.create(
        name=name, name_lookup=keyring("number_lookup").digest(name)
    )
    call = CallFactory.create(
        **{"team": cast.claims, "room": room, "sip_call_id": f"{who.number}@x"} | fields
    )
    party = seat(who, call, joined_at=call.started_at)
    told = {"room": {"name": name}, "participant": {"sid": party.participant_sid}}
    LiveKitEventFactory.create(room_sid=room.sid, payload=json.dumps(told))
    return call


def leave_all(cast: Cast, who: Somebody, call: Call) -> Recording:
    """Everything that calls leave besides, each with their name in its words."""
    part = RecordingFactory.create(call=call)
    _said(cast, who, call)
    _heard(cast, who, part)
    _sought(cast, who)
    _made(cast, who, part)
    return part


def _said(cast: Cast, who: Somebody, call: Call) -> None:
    CallLabel.objects.create(call=call, key="customer", value=who.name)
    ToldEvent.objects.create(
        call=call, event=ClockEventFactory.create(), told_by=cast.service, told_at=NOW
    )
    consent = StandingConsent.objects.create(
        number=who.row,
        purposes=[Purpose.QUALITY],
        granted_at=STARTED,
        expires_at=STARTED + timedelta(days=300),
        source=StandingConsent.Source.FORM,
        evidence=f"Signed by {who.name}",
        recorded_by=cast.officer,
    )
    ConsentRecordFactory.create(
        call=call,
        party=Party.objects.get(call=call, number=who.row),
        standing=consent,
        evidence=f"I am {who.name}",
    )


def _heard(cast: Cast, who: Somebody, part: Recording) -> None:
    listen = ListenFactory.create(recording=part, reason=f"{who.name} complained")
    EmergencyListen.objects.create(
        listen=listen,
        listener=listen.listener,
        team=cast.claims,
        opened_at=NOW,
        judge_by=NOW,
        remark=f"for {who.name}",
    )
    DisclosureFactory.create(recording=part, reason=f"{who.name} asked")
    DisclosureFactory.create(recording=part, recipient=who.name, reason="copy")
    AlertFactory.create(call=part.call, note=f"{who.name} was told")
    spill = Spill.objects.create(
        recording=part, team=cast.claims, what="card", reported_by=cast.lead
    )
    CompensatingControl.objects.create(
        spill=spill,
        team=cast.claims,
        cause=who.name,
        risk="card",
        done="sealed",
        owner=cast.lead,
        opened_by=cast.officer,
        review_on=NOW.date(),
    )
    Discrepancy.objects.create(
        kind=Discrepancy.Kind.LOST,
        store="local",
        object_key=part.object_key,
        recording=part,
        note=f"file of {who.name}",
    )
    Ground.objects.create(
        kind=Ground.Kind.WHO_HEARD, about=part.pk, by=cast.officer, text=who.name
    )
    Restriction.objects.create(
        kind=Recording.ITEM,
        item_id=part.pk,
        ground=Restriction.Ground.OTHER,
        why=f"asked for by {who.name}",
        lift_why=f"{who.name} agreed",
        placed_by=cast.officer,
        placed_at=NOW,
        lifted_at=NOW,
        lifted_by=cast.officer,
        end=Restriction.End.LIFTED,
    )
    listed, _made_now = NumberList.objects.get_or_create(
        name="Clients", defaults={"made_by": cast.officer}
    )
    NumberListMember.objects.create(
        number_list=listed, number=who.row, added_by=cast.officer
    )


def _sought(cast: Cast, who: Somebody) -> None:
    search = SavedSearch.objects.create(
        owner=cast.officer, filters=json.dumps({"name": who.name.upper()}), made_at=NOW
    )
    Ground.objects.create(
        kind=Ground.Kind.WHO_LISTENED, about=search.pk, by=cast.officer, text=who.name
    )
    spelt = f"0{who.row.e164[3:6]} {who.row.e164[6:]}"
    SavedSearch.objects.create(
        owner=cast.officer, filters=json.dumps({"number": spelt}), made_at=NOW
    )
    scope = Scope(filters=json.dumps({"number": spelt, "query": "live=true"}))
    Purge.objects.create(scope=scope.as_json(), frozen_by=cast.officer)


def _made(cast: Cast, who: Somebody, part: Recording) -> None:
    export = Export.objects.create(
        owner=cast.officer,
        file_name="a.csv",
        state=Export.State.READY,
        made_at=NOW,
        expires_at=NOW + timedelta(hours=1),
    )
    ExportedCall.objects.create(export=export, call=part.call)
    production = Production.objects.create(
        to=Production.To.COURT,
        recipient="District court",
        matter=f"{who.name} v. Acme",
        basis="ZPO",
        due_at=NOW,
        state=Production.State.READY,
        calls=1,
        recordings=1,
        bytes=1,
        asked_by=cast.officer,
        asked_at=NOW,
    )
    volume = Volume.objects.create(
        owner=cast.officer,
        production=production,
        number=1,
        planned=1,
        state=Volume.State.READY,
        file_name="v.zip",
        taken_at=NOW,
        expires_at=NOW + timedelta(days=9),
    )
    ProducedItem.objects.create(
        production=production,
        volume=volume,
        position=0,
        call=part.call,
        recording=part,
    )


def erase_all(
    subject: Subject, *, spare: tuple[UUID, ...] = (), limit: int = 100
) -> dict[str, int]:
    """Every kind in its order, until nothing is left that may go; returns how many."""
    gone = dict.fromkeys((kind.kind for kind in traces.registered()), 0)
    for kind in traces.registered():
        while n := kind.erase(subject, spare=spare, now=NOW, limit=limit):
            assert n <= limit
            gone[kind.kind] += n
    return gone
