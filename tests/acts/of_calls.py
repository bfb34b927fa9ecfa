"""Acts about calls, their recordings, and whoever hears them."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.access import keys
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.models import Purpose, Team
from portal import maintenance
from recordings import (
    alerts,
    consent,
    declaration,
    destruction,
    do_not_record,
    emergency,
    exporting,
    exports,
    misplaced,
    pauses,
    playback,
    quarantine,
    recorder,
    replays,
    summary,
    trunks,
)
from recordings.livekit.facts import ParticipantFacts, ParticipantKind, RoomFacts
from recordings.models import (
    Alert,
    Call,
    ConsentRecord,
    DoNotRecord,
    EmergencyListen,
    EventKind,
    Export,
    LiveKitEvent,
    OutgoingEvent,
    Party,
    Pause,
    Recording,
)
from recordings.outgoing import subscriptions
from tests.acts.planted import NUMBER, WORD, WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories import recordings as made
from tests.factories.hearable import hearable_call, part_of
from tests.factories.second_person import held_part, second


def _part(cast: Cast, **fields: Any) -> Recording:
    return part_of(hearable_call(cast.claims), **fields)


def _listen_granted(cast: Cast) -> Act:
    part = _part(cast)
    return lambda: playback.open(
        recording_id=part.pk,
        listener=cast.reviewer,
        purpose=Purpose.QUALITY,
        now=timezone.now(),
    )


def _listen_renewed(cast: Cast) -> Act:
    listen = made.ListenFactory.create(
        recording=_part(cast), listener=cast.reviewer, opened_at=timezone.now()
    )
    return lambda: playback.renew(
        listen_id=listen.pk, listener=cast.reviewer, now=timezone.now()
    )


def _emergency_opened(cast: Cast) -> Act:
    part = part_of(hearable_call(cast.sales))
    return lambda: emergency.open(
        recording_id=part.pk,
        listener=cast.lead,
        purpose=Purpose.QUALITY,
        reason=WORDS,
        now=timezone.now(),
    )


def _emergency_judged(cast: Cast) -> Act:
    listen = made.ListenFactory.create(recording=_part(cast), listener=cast.lead)
    now = timezone.now()
    row = EmergencyListen.objects.create(
        listen=listen,
        listener=cast.lead,
        team=cast.claims,
        opened_at=now,
        judge_by=now + timedelta(days=1),
    )
    return lambda: emergency.judge(
        emergency_id=row.pk,
        judgement=next(iter(EmergencyListen.Judgement)),
        remark=WORDS,
        by=cast.officer,
        now=now,
    )


def _downloaded(cast: Cast, **more: Any) -> Act:
    part = _part(cast)
    return lambda: playback.download(
        recording_id=part.pk,
        by=cast.officer,
        purpose=Purpose.EVIDENCE,
        recipient=WORDS,
        organisation=WORDS,
        reason=WORDS,
        now=timezone.now(),
        **more,
    )


def _rendition_asked(cast: Cast) -> Act:
    return _downloaded(cast, as_wav=True)


def _export(cast: Cast) -> Export:
    return exports.ask(
        query=f"label=ticket:{WORD}", within=None, by=cast.lead, now=timezone.now()
    )


def _export_taken(cast: Cast) -> Act:
    export = _export(cast)
    assert exporting.make(export_id=export.pk, now=timezone.now())

    def act() -> None:
        _row, file = exports.take(export_id=export.pk, by=cast.lead, now=timezone.now())
        file.close()

    return act


def _consent_recorded(cast: Cast) -> Act:
    call = hearable_call(cast.claims)
    told = consent.Told(
        kind=ConsentRecord.Kind.REFUSED, occurred_at=timezone.now(), evidence=WORDS
    )
    return lambda: consent.record(call=call, told=told, by=cast.service)


def _consent_verdict(cast: Cast) -> Act:
    call = made.CallFactory.create(team=cast.claims)

    @transaction.atomic
    def act() -> None:
        consent.standing(summary.locked(call.pk), now=timezone.now())

    return act


def _consent_exempted(cast: Cast) -> Act:
    call = hearable_call(cast.claims)
    entry = do_not_record.add(
        trunk=call.trunk,
        team=cast.claims,
        reason=DoNotRecord.Reason.STAFF,
        note=WORDS,
        since=None,
        until=None,
        by=cast.officer,
        now=timezone.now(),
    )

    @transaction.atomic
    def act() -> None:
        do_not_record.bar(summary.locked(call.pk), entry)

    return act


def _capture_begun(cast: Cast) -> Act:
    part = _part(cast, state=Recording.State.PLANNED, egress_id="")
    return lambda: recorder.begin(recording_id=part.pk, now=timezone.now())


def _capture_stop_begun(cast: Cast) -> Act:
    part = _part(cast, state=Recording.State.RECORDING, stop_wanted="withdrawn")
    return lambda: recorder.stop(recording_id=part.pk, now=timezone.now())


def _live_call(cast: Cast) -> Call:
    now = timezone.now()
    return made.CallFactory.create(team=cast.claims, started_at=now, ended_at=None)


def _paused(cast: Cast, call: Call) -> Pause:
    return pauses.begin(
        call=call, reason=Pause.Reason.CARD, by=cast.lead, now=timezone.now()
    )


def _capture_paused(cast: Cast) -> Act:
    call = _live_call(cast)
    return lambda: _paused(cast, call)


def _capture_resumed(cast: Cast) -> Act:
    call = _live_call(cast)
    _paused(cast, call)
    return lambda: pauses.resume(call=call, by=cast.lead, now=timezone.now())


def _pause_confirmed(cast: Cast) -> Act:
    call = _live_call(cast)
    _paused(cast, call)

    @transaction.atomic
    def act() -> None:
        pauses.mind(summary.locked(call.pk), parts=[], now=timezone.now())

    return act


def _reported(cast: Cast) -> Act:
    """Whoever says so also has it held: two entries of one act."""
    part = _part(cast)
    return lambda: misplaced.report(
        recording=part,
        what=misplaced.What.CARD,
        at_ms=1000,
        by=cast.reviewer,
        now=timezone.now(),
    )


def _released(cast: Cast) -> Act:
    part = held_part(cast)
    return lambda: quarantine.release(
        recording=part, by=cast.officer, now=timezone.now()
    )


def _let_go(cast: Cast) -> Act:
    part = held_part(cast)
    return lambda: quarantine.let_go(
        recording=part, by=cast.officer, now=timezone.now()
    )


def _destruction_begun(cast: Cast) -> Act:
    part, now = _part(cast), timezone.now()
    part.expires_at = now - timedelta(days=1)
    part.save()
    return lambda: destruction.destroy(recording_id=part.pk, reason="policy", now=now)


def _call_assigned(cast: Cast) -> Act:
    made.CallFactory.create(team=Team.unassigned(), trunk_livekit_id="ST_new")
    trunk = made.TrunkFactory.create(livekit_id="ST_new", team=cast.claims)
    return lambda: trunks.adopt(trunk=trunk, by=cast.administrator, now=timezone.now())


def _call_declared(cast: Cast) -> Act:
    made.TrunkFactory.create(livekit_id="ST_claims", team=cast.claims)
    now = timezone.now()
    caller = ParticipantFacts(
        sid="PA_caller",
        kind=ParticipantKind.CALLER,
        joined_at=now,
        sip_call_id=f"SCL_{WORD}",
        phone_number=NUMBER,
        name=WORDS,
        identity=WORDS,
        attributes={"ticket": f"T-{WORD}"},
        trunk_id="ST_claims",
    )
    room = RoomFacts(sid="RM_room", name=WORDS)
    return lambda: declaration.declare(
        room=room, caller=caller, by=cast.service, now=now
    )


def _by_api(cast: Cast, method: str, name: str, pk: object, body: object) -> Act:
    """What a program sends, with the key of the service."""
    now = timezone.now()
    _key, token = keys.make(
        service=cast.service, name="x", by=None, now=now, until=now + timedelta(days=9)
    )
    client = Client(headers={"Authorization": f"Api-Key {token}"})
    client.get(reverse("api-calls"))  # the first use of a key is noted on it
    address = reverse(name, args=[pk])
    return lambda: client.generic(method, address, body, "application/json")


def _call_labelled(cast: Cast) -> Act:
    call = made.CallFactory.create(team=cast.claims)
    body = f'{{"labels": {{"ticket": "T-{WORD}"}}}}'
    return _by_api(cast, "PUT", "api-labels", call.pk, body)


def _party_described(cast: Cast) -> Act:
    party: Party = made.PartyFactory.create(
        call=made.CallFactory.create(team=cast.claims)
    )
    return _by_api(cast, "PATCH", "api-party", party.pk, '{"language": "fr"}')


def _alert(cast: Cast) -> Alert:
    return made.AlertFactory.create(
        team=cast.claims, call=made.CallFactory.create(team=cast.claims)
    )


def _alert_opened(cast: Cast) -> Act:
    call = made.CallFactory.create(team=cast.claims)

    @transaction.atomic
    def act() -> None:
        alerts.open_once(
            Alert.Kind.RECORDING_LOST, subject="x", now=timezone.now(), call=call
        )

    return act


def _alert_acknowledged(cast: Cast) -> Act:
    alert = _alert(cast)
    return lambda: alerts.acknowledge(
        chosen=[alert], by=cast.officer, now=timezone.now()
    )


def _alert_assigned(cast: Cast) -> Act:
    alert, other = _alert(cast), second(Role.OFFICER)
    return lambda: alerts.assign(
        chosen=[alert], to=other, by=cast.officer, now=timezone.now()
    )


def _alert_closed(cast: Cast) -> Act:
    alert = _alert(cast)
    return lambda: alerts.settle(
        chosen=[alert],
        by=cast.officer,
        note=WORDS,
        cause=WORDS,
        risk=WORDS,
        now=timezone.now(),
    )


def _secret_made(cast: Cast) -> Act:
    row = made.EventSubscriptionFactory.create(url=f"https://{WORD}.example/")
    return lambda: subscriptions.renew_secret(
        subscription=row, by=cast.administrator, now=timezone.now()
    )


def _event_tested(cast: Cast) -> Act:
    row = made.EventSubscriptionFactory.create()
    return lambda: subscriptions.try_out(
        subscription=row, by=cast.administrator, now=timezone.now()
    )


def _event_sent_again(cast: Cast) -> Act:
    event = OutgoingEvent.objects.create(
        kind=EventKind.TEST,
        subscription=made.EventSubscriptionFactory.create(),
        payload={},
        state=OutgoingEvent.State.GIVEN_UP,
        due_at=timezone.now(),
        created_at=timezone.now(),
    )
    return lambda: subscriptions.send_again(
        events=[event], by=cast.administrator, now=timezone.now()
    )


def _inbox_replayed(cast: Cast) -> Act:
    event = made.LiveKitEventFactory.create(
        state=LiveKitEvent.State.FAILED,
        due_at=timezone.now(),
        payload=f'{{"x": "{WORDS}"}}',
    )
    return lambda: replays.again(
        events=[event], by=cast.administrator, now=timezone.now()
    )


def _maintenance_begun(_cast: Cast) -> Act:
    return lambda: maintenance.begin(message="Soon", now=timezone.now())


def _maintenance_ended(_cast: Cast) -> Act:
    maintenance.begin(message="Soon", now=timezone.now())
    return maintenance.end


ACTS: Table = {
    Action.LISTEN_GRANTED: _listen_granted,
    Action.LISTEN_RENEWED: _listen_renewed,
    Action.EMERGENCY_OPENED: _emergency_opened,
    Action.EMERGENCY_JUDGED: _emergency_judged,
    Action.DOWNLOADED: _downloaded,
    Action.RENDITION_ASKED: _rendition_asked,
    Action.EXPORT_ASKED: lambda cast: lambda: _export(cast),
    Action.EXPORT_TAKEN: _export_taken,
    Action.CONSENT_RECORDED: _consent_recorded,
    Action.CONSENT_VERDICT: _consent_verdict,
    Action.CONSENT_EXEMPTED: _consent_exempted,
    Action.CAPTURE_BEGUN: _capture_begun,
    Action.CAPTURE_STOP_BEGUN: _capture_stop_begun,
    Action.CAPTURE_PAUSED: _capture_paused,
    Action.CAPTURE_RESUMED: _capture_resumed,
    Action.CAPTURE_PAUSE_CONFIRMED: _pause_confirmed,
    Action.RECORDING_REPORTED: _reported,
    Action.RECORDING_QUARANTINED: _reported,
    Action.RECORDING_RELEASED: _released,
    Action.RECORDING_EXPIRED: _let_go,
    Action.DESTRUCTION_BEGUN: _destruction_begun,
    Action.CALL_ASSIGNED: _call_assigned,
    Action.CALL_DECLARED: _call_declared,
    Action.CALL_LABELLED: _call_labelled,
    Action.PARTY_DESCRIBED: _party_described,
    Action.ALERT_OPENED: _alert_opened,
    Action.ALERT_ACKNOWLEDGED: _alert_acknowledged,
    Action.ALERT_ASSIGNED: _alert_assigned,
    Action.ALERT_CLOSED: _alert_closed,
    Action.EVENT_SECRET_MADE: _secret_made,
    Action.EVENT_TESTED: _event_tested,
    Action.EVENT_SENT_AGAIN: _event_sent_again,
    Action.INBOX_REPLAYED: _inbox_replayed,
    Action.MAINTENANCE_BEGUN: _maintenance_begun,
    Action.MAINTENANCE_ENDED: _maintenance_ended,
}
