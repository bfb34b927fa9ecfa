"""One thing of each kind that routes are about, of a given team."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from compliance import approvals
from compliance.access import keys
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import (
    AccessReview,
    Approval,
    AuditEntry,
    Certificate,
    Ground,
    Hold,
    NumberList,
    Person,
    Purpose,
    RequestPlan,
    RetentionPolicy,
    ReviewLine,
    RoleGrant,
    ServiceKey,
    StandingConsent,
    SubjectRequest,
    Team,
)
from compliance.models.staff_identity import staff_mark
from recordings.held_deletion import HELD_DELETION
from recordings.models import (
    Alert,
    Call,
    CompensatingControl,
    Discrepancy,
    DoNotRecord,
    EmergencyListen,
    Export,
    Party,
    Production,
    Purge,
    Rehearsal,
    Spill,
    Volume,
)
from tests.factories.compliance import (
    CertificateFactory,
    HoldFactory,
    PersonFactory,
    PhoneNumberFactory,
    RetentionPolicyFactory,
    SiemTargetFactory,
)
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import (
    AlertFactory,
    CallFactory,
    ListenFactory,
    PartyFactory,
    RecordingFactory,
)
from tests.factories.requests import asked, external_custodian

NOW = datetime(2026, 11, 2, 15, tzinfo=UTC)


def _call(team: Team) -> Call:
    return CallFactory.create(team=team, ended_at=None, started_at=timezone.now())


def _party(team: Team) -> Party:
    return PartyFactory.create(call=CallFactory.create(team=team))


def _entry(team: Team) -> AuditEntry:
    with transaction.atomic():
        return log.append(Action.CALL_LABELLED, subject=team, facts={"labels": "x"})


def _grant(team: Team) -> RoleGrant:
    with transaction.atomic():
        return RoleGrant.objects.create(
            person=PersonFactory.create(), role="reviewer", scope="team", team=team
        )


def _service_key(_team: Team) -> ServiceKey:
    now = timezone.now()
    until = now + timedelta(days=30)
    key, _token = keys.make(
        service=_service(), name="CRM", by=None, now=now, until=until
    )
    return key


def _service() -> Person:
    return PersonFactory.create(kind=Person.Kind.SERVICE)


def _review(_team: Team) -> AccessReview:
    found = AccessReview.objects.first()
    return found or AccessReview.objects.create(begun_by=PersonFactory.create())


def _review_line(team: Team) -> ReviewLine:
    return ReviewLine.objects.create(review=_review(team), grant=_grant(team))


def _alert(team: Team) -> Alert:
    return AlertFactory.create(
        kind=Alert.Kind.RECORDING_LOST, team=team, call=CallFactory.create(team=team)
    )


def _list_entry(team: Team) -> DoNotRecord:
    return DoNotRecord.objects.create(
        number=PhoneNumberFactory.create(),
        team=team,
        reason=DoNotRecord.Reason.values[0],
        since=NOW,
        added_by=PersonFactory.create(),
    )


def _certificate(team: Team) -> Certificate:
    return CertificateFactory.create(team=team)


def _hold(team: Team) -> Hold:
    return HoldFactory.create(team=team)


def _purge(team: Team) -> Purge:
    return Purge.objects.create(
        team=team, scope=Scope().as_json(), frozen_by=PersonFactory.create()
    )


def _number_list(team: Team) -> NumberList:
    return NumberList.objects.create(
        name=str(uuid4()), team=team, made_by=PersonFactory.create()
    )


def _rehearsal(team: Team) -> Rehearsal:
    return Rehearsal.objects.create(
        kind=Rehearsal.Kind.POLICY,
        about=uuid4(),
        team=team,
        frozen_by=PersonFactory.create(),
    )


def _discrepancy(team: Team) -> Discrepancy:
    key = f"recordings/{uuid4()}.ogg"
    return Discrepancy.objects.create(
        kind=Discrepancy.Kind.ORPHAN, store="local", object_key=key, team=team
    )


def _spill(team: Team) -> Spill:
    part = part_of(hearable_call(team))
    what, by = Spill.What.CARD, PersonFactory.create()
    return Spill.objects.create(recording=part, team=team, what=what, reported_by=by)


def _control(team: Team) -> CompensatingControl:
    return CompensatingControl.objects.create(
        spill=_spill(team),
        team=team,
        owner=PersonFactory.create(),
        opened_by=PersonFactory.create(),
        review_on=NOW.date(),
    )


def _standing_consent(team: Team) -> StandingConsent:
    return StandingConsent.objects.create(
        number=PhoneNumberFactory.create(),
        team=team,
        purposes=[Purpose.QUALITY],
        granted_at=NOW,
        expires_at=NOW + timedelta(days=300),
        source=StandingConsent.Source.FORM,
        recorded_by=PersonFactory.create(),
    )


def _ground(_team: Team) -> Ground:
    kind, about = Ground.Kind.WHO_HEARD, uuid4()
    return Ground.objects.create(
        kind=kind, about=about, by=PersonFactory.create(), text="Why"
    )


def _emergency(team: Team) -> EmergencyListen:
    recording = RecordingFactory.create(call=CallFactory.create(team=team))
    listen = ListenFactory.create(recording=recording)
    return EmergencyListen.objects.create(
        listen=listen,
        listener=listen.listener,
        team=team,
        opened_at=NOW,
        judge_by=NOW + timedelta(days=1),
    )


def _approval(team: Team) -> Approval:
    """Of the deletion of a held part, by somebody who is not there."""
    part = part_of(hearable_call(team))
    content = {"recording": str(part.pk), "part": 1, "sha256": "", "reason": ""}
    with transaction.atomic():
        return approvals.ask(
            kind=HELD_DELETION,
            content=content,
            team=team,
            by=PersonFactory.create(),
            now=timezone.now(),
        )


def _production(team: Team) -> Production:
    return Production.objects.create(
        team=team,
        to=Production.To.COURT,
        due_at=NOW,
        calls=1,
        recordings=1,
        bytes=1,
        asked_by=PersonFactory.create(),
        asked_at=NOW,
        state=Production.State.CANCELLED,
    )


def _volume(team: Team) -> Volume:
    production = _production(team)
    return Volume.objects.create(
        production=production,
        owner=production.asked_by,
        number=1,
        planned=1,
        expires_at=NOW,
    )


def _file(_team: Team) -> Export:
    owner = PersonFactory.create()
    return Export.objects.create(
        owner=owner, asked_at=NOW, expires_at=NOW + timedelta(days=1), filters="{}"
    )


def _policy(team: Team) -> RetentionPolicy:
    """Its series is its key, as addresses name the series."""
    key = uuid4()
    with transaction.atomic():
        return RetentionPolicyFactory.create(id=key, series=key, team=team)


def _planned() -> SubjectRequest:
    request = asked(None, channel="form")
    RequestPlan.objects.create(request=request, made_by=PersonFactory.create())
    return request


THINGS: dict[str, Callable[[Team], Any]] = {
    "missing": lambda _team: None,
    "person": lambda _team: PersonFactory.create(),
    "service": lambda _team: _service(),
    "service key": _service_key,
    "call": _call,
    "party": _party,
    "approval": _approval,
    "part": lambda team: part_of(hearable_call(team)),
    "alert": _alert,
    "policy": _policy,
    "entry": _entry,
    "grant": _grant,
    "ground": _ground,
    "receiver": lambda _team: SiemTargetFactory.create(),
    "review": _review,
    "review line": _review_line,
    "list entry": _list_entry,
    "certificate": _certificate,
    "hold": _hold,
    "production": _production,
    "volume": _volume,
    "purge": _purge,
    "list of numbers": _number_list,
    "rehearsal": _rehearsal,
    "discrepancy": _discrepancy,
    "spill": _spill,
    "control": _control,
    "external custodian": lambda _team: external_custodian(f"Observer {uuid4()}"),
    "request": lambda _team: asked(None, channel="form"),
    "planned request": lambda _team: _planned(),
    "standing consent": _standing_consent,
    "emergency": _emergency,
    "somebody's file": _file,
    "somebody's listen": lambda team: ListenFactory.create(
        recording=RecordingFactory.create(call=CallFactory.create(team=team))
    ),
}
NOBODY_ELSES = {"missing", "somebody's file", "somebody's listen"}
"""Things that are there for nobody but their owner, whatever roles somebody holds."""
OF_NO_TEAM = {
    "external custodian",
    "ground",
    "person",
    "planned request",
    "receiver",
    "request",
    "review",
    "review line",
    "service",
    "service key",
}


STAFFED: dict[str, Callable[[Any], Call]] = {
    "call": lambda call: call,
    "party": lambda party: party.call,
    "part": lambda part: part.call,
}
"""Things that are somebody's own when he took part in their call."""


def with_staff(about: str, team: Team, *identities: str) -> Any:
    """Such a thing of a team, in a call in which these took part."""
    thing = THINGS[about](team)
    call = STAFFED[about](thing)
    call.staff = [staff_mark(identity) for identity in identities]
    call.save()
    return thing


def arguments(thing: Any) -> dict[str, str]:
    """What stands in the address for it, by the name of the argument."""
    ids = {"place": "DE", "version": "1", "key": "do-not-record", "room_sid": "RM_x"}
    ids |= {"passkey": "1", "member_id": "1"}
    ids |= {"kind": "recording_lost", "team": "none", "act": "acknowledge"}
    if isinstance(thing, Party):
        ids["call_id"] = str(thing.call_id)
    if isinstance(thing, Call):
        ids["room_sid"] = thing.room_id
    ids["*"] = str(thing.pk if thing is not None else uuid4())
    return ids
