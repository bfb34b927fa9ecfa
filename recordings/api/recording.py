"""Is this call being recorded? Pause it, go on; and tell of a call before LiveKit does."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.access.permissions import Verb
from compliance.api.errors import Conflict, Unprocessable
from compliance.api.permissions import caller, holds
from recordings import declaration, pauses, recording_state, tasks
from recordings.api import waiting
from recordings.api.agent_serializers import (
    DeclarationSerializer,
    PausedSerializer,
    PauseRequestSerializer,
    RecordingStateSerializer,
    StateQuerySerializer,
)
from recordings.api.consent import plan_of
from recordings.api.rooms import AgentView, call_in_room
from recordings.api.serializers import ConsentPlanSerializer
from recordings.livekit.facts import (
    Direction,
    ParticipantFacts,
    ParticipantKind,
    RoomFacts,
)
from recordings.models import Call, Pause
from recordings.parties import LANGUAGE
from recordings.recording_state import RecordingState


class State(AgentView):
    """Whether the call is being recorded: `recording` means that LiveKit said so."""

    permission_classes = (holds(Verb.READ_PLAN),)

    @extend_schema(
        parameters=[StateQuerySerializer], responses=RecordingStateSerializer
    )
    def get(self, request: Request, room_sid: str) -> Response:
        """The state; with `wait` and `known`, as soon as it is another than that."""
        call = call_in_room(request, room_sid, Verb.READ_PLAN)
        asked = StateQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        known, wait = asked.validated_data["known"], asked.validated_data["wait"]
        watch = recording_state.Watch(call)
        waiting.until(lambda: watch.look().version != known, seconds=wait)
        return Response(RecordingStateSerializer(_told(call, watch.look())).data)


class Pausing(AgentView):
    """Asks for silence: card data above all."""

    permission_classes = (holds(Verb.PAUSE),)

    @extend_schema(
        request=PauseRequestSerializer,
        responses={200: PausedSerializer, 202: PausedSerializer},
    )
    def post(self, request: Request, room_sid: str) -> Response:
        """Pause. 200 only once LiveKit has said that the recorder ended; else 202."""
        call = call_in_room(request, room_sid, Verb.PAUSE)
        asked = PauseRequestSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        reason = Pause.Reason(asked.validated_data["reason"])
        try:
            pause = pauses.begin(
                call=call, reason=reason, by=caller(request), now=timezone.now()
            )
        except pauses.CallOver as over:
            raise _over() from over
        tasks.reconsider(str(call.id))
        waiting.until(lambda: _is_settled(pause), seconds=asked.validated_data["wait"])
        state = recording_state.Watch(call).look()
        paused = state.state is recording_state.State.PAUSED
        body = {
            **_told(call, state),
            "paused": paused,
            "confirmed_at": state.since if paused else None,
        }
        return Response(PausedSerializer(body).data, status=200 if paused else 202)


class Resuming(AgentView):
    """Ends a pause; the next part begins where the law allows it."""

    permission_classes = (holds(Verb.PAUSE),)

    @extend_schema(request=None, responses=RecordingStateSerializer)
    def post(self, request: Request, room_sid: str) -> Response:
        """Resume; told again, it answers again with the state."""
        call = call_in_room(request, room_sid, Verb.PAUSE)
        if pauses.resume(call=call, by=caller(request), now=timezone.now()) is None:
            _require_resumed(call)
        tasks.reconsider(str(call.id))
        state = recording_state.Watch(call).look()
        return Response(RecordingStateSerializer(_told(call, state)).data)


class Declaring(AgentView):
    """Tells of a call, for agents that are faster than LiveKit's webhook."""

    permission_classes = (holds(Verb.REPORT_CONSENT),)

    @extend_schema(request=DeclarationSerializer, responses=ConsentPlanSerializer)
    def post(self, request: Request, room_sid: str) -> Response:
        """Declare; the answer is the consent plan, `provisional` until LiveKit agrees."""
        told = DeclarationSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        facts = told.validated_data
        try:
            call = declaration.declare(
                room=RoomFacts(sid=room_sid, name=facts["room_name"]),
                caller=_caller(facts),
                by=caller(request),
                now=timezone.now(),
            )
        except declaration.UnknownTrunk as error:
            text = _("No team owns this trunk yet: give it one in Settings.")
            raise Unprocessable("unknown_trunk", text) from error
        except declaration.Contradicted as error:
            text = _("LiveKit has told of a call of another team in this room.")
            raise Conflict("contradicted", text) from error
        tasks.reconsider(str(call.id))
        call.refresh_from_db()
        return Response(plan_of(call, facts.get("language", "")))


def _caller(facts: dict[str, Any]) -> ParticipantFacts:
    """What is declared, as if LiveKit had told it."""
    direction = facts.get("direction")
    attributes = {**facts.get("labels", {}), LANGUAGE: facts.get("language", "")}
    return ParticipantFacts(
        sid=facts["participant"],
        kind=ParticipantKind.CALLER,
        joined_at=timezone.now(),
        attributes=attributes,
        sip_call_id=facts["sip_call_id"],
        phone_number=facts.get("number") or None,
        trunk_id=facts["trunk_id"],
        direction=Direction(direction) if direction else None,
    )


def _told(call: Call, state: RecordingState) -> dict[str, Any]:
    return {
        "call": call.id,
        "provisional": call.is_provisional,
        "state": state.state.value,
        "is_recording": state.is_recording,
        "why": state.why,
        "explanation": recording_state.explained(state),
        "part": state.part,
        "since": state.since,
        "pause": state.pause,
        "version": state.version,
    }


def _is_settled(pause: Pause) -> bool:
    """It is confirmed, or over already."""
    open_still = Pause.objects.filter(id=pause.id, confirmed_at=None, ended_at=None)
    return not open_still.exists()


def _require_resumed(call: Call) -> None:
    """Nothing is paused: well if somebody has resumed it. Raises Conflict."""
    if not call.is_live:
        raise _over()
    last = call.pauses.last()
    if last is None:
        raise Conflict("not_paused", _("Nothing is paused."))
    if last.end != Pause.End.RESUMED:
        text = _("The pause was over before, and the call is recorded again.")
        raise Conflict("pause_over", text)


def _over() -> Conflict:
    return Conflict("call_over", _("The call is over."))
