"""The voice agent's side: what must be said, and what the parties did."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from compliance.access.permissions import Verb
from compliance.api.errors import Unprocessable
from compliance.api.permissions import caller, holds
from compliance.consent import scripts
from compliance.consent.plan import Plan, Script
from compliance.consent.scripts import Spoken
from compliance.models import Purpose
from recordings import ai_disclosure, consent, consent_facts, tasks
from recordings.api.rooms import AgentView, call_in_room
from recordings.api.serializers import (
    ConsentPlanSerializer,
    ConsentRecordSerializer,
    ConsentReportSerializer,
)
from recordings.capture import Work
from recordings.models import Call, ConsentRecord, Party

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LEEWAY = timedelta(minutes=1)
"""How far the clock of a voice agent may be ahead of ours."""
IDEMPOTENCY = OpenApiParameter(
    "Idempotency-Key", str, OpenApiParameter.HEADER, description="Makes a retry safe."
)


class ConsentPlan(AgentView):
    """What to say in this call, in the caller's language, and when recording may start.

    Ask on joining, and again after each report or when somebody joins.
    """

    permission_classes = (holds(Verb.READ_PLAN),)

    @extend_schema(
        responses=ConsentPlanSerializer, parameters=[OpenApiParameter("language")]
    )
    def get(self, request: Request, room_sid: str) -> Response:
        """The plan for this moment."""
        call = call_in_room(request, room_sid, Verb.READ_PLAN)
        return Response(plan_of(call, request.query_params.get("language", "")))


class Consents(AgentView):
    """Acts of consent of the call in this room."""

    permission_classes = (holds(Verb.REPORT_CONSENT),)

    @extend_schema(
        request=ConsentReportSerializer,
        responses={201: ConsentPlanSerializer},
        parameters=[IDEMPOTENCY],
    )
    def post(self, request: Request, room_sid: str) -> Response:
        """Report one act; the answer is the plan that follows from it."""
        call = call_in_room(request, room_sid, Verb.REPORT_CONSENT)
        report = ConsentReportSerializer(data=request.data)
        report.is_valid(raise_exception=True)
        key = request.headers.get("Idempotency-Key", "")[:64]
        told = _told(call, report.validated_data, key)
        try:
            consent.record(call=call, told=told, by=caller(request))
        except consent.KeyReused as error:
            text = _("This Idempotency-Key was used for another act on this call.")
            raise Unprocessable("key_reused", text) from error
        decided = tasks.decide(str(call.id))
        return Response(_plan_that_follows(decided, told.language), status=201)

    @extend_schema(responses=ConsentRecordSerializer(many=True))
    def get(self, request: Request, room_sid: str) -> Response:
        """What has been reported so far."""
        call = call_in_room(request, room_sid, Verb.REPORT_CONSENT)
        return Response(ConsentRecordSerializer(call.consents.all(), many=True).data)


def _told(call: Call, data: dict[str, Any], key: str) -> consent.Told:
    return consent.Told(
        kind=ConsentRecord.Kind(data["kind"]),
        occurred_at=_moment(call, data, timezone.now()),
        by=ConsentRecord.By(data["by"]),
        party=_party(call, data),
        purposes=tuple(data["purposes"]),
        script=data.get("script", ""),
        script_version=data.get("script_version", ""),
        language=data.get("language", ""),
        evidence=data.get("evidence", ""),
        idempotency_key=key,
    )


def _moment(call: Call, data: dict[str, Any], now: datetime) -> datetime:
    """When it happened. Raises ValidationError for what cannot have happened yet."""
    at: datetime | None = data.get("occurred_at")
    if at is None and data.get("offset_ms") is not None:
        at = call.started_at + timedelta(milliseconds=data["offset_ms"])
    if at is None:
        return call.now(now)
    if not EARLIEST <= at <= now + LEEWAY:
        field = "occurred_at" if data.get("occurred_at") else "offset_ms"
        raise serializers.ValidationError({field: ["It has not happened by then."]})
    return at


def _party(call: Call, data: dict[str, Any]) -> Party | None:
    parties = call.parties.all()
    if data.get("party"):
        found = parties.filter(id=data["party"]).first()
    elif data.get("participant"):
        found = parties.filter(participant_sid=data["participant"]).first()
    else:
        return None
    if found is None:
        raise serializers.ValidationError(
            {"party": ["Nobody of that id is in the call."]}
        )
    return found


def plan_of(call: Call, language: str) -> dict[str, Any]:
    """The plan as the API shows it, in that language or else the caller's own."""
    now = timezone.now()
    consent_facts.fetch(call)
    consent_facts.fetch_acts(call)
    return _shown(call, consent.peek(call, now=now), language, now)


def _plan_that_follows(decided: Work, language: str) -> dict[str, Any]:
    """The same of what has just been decided, without judging it twice."""
    now = timezone.now()
    standing = consent.anew(
        decided.call, decided.standing, parts=decided.parts, now=now
    )
    return _shown(decided.call, standing, language, now)


def _shown(
    call: Call, standing: consent.Standing, language: str, now: datetime
) -> dict[str, Any]:
    plan = standing.plan
    disclose_ai = ai_disclosure.is_wanted(call, standing.verdict, now=now)
    say = (Script.DISCLOSE_AI, *plan.say) if disclose_ai else plan.say
    spoken_in = consent_facts.language_of(call, declared=language)
    purposes = [Purpose(purpose) for purpose in call.purposes]
    texts = [
        scripts.spoken(
            key, language=spoken_in, purposes=plan.about(key, purposes) or purposes
        )
        for key in say
    ]
    return ConsentPlanSerializer(
        {
            "call": call.id,
            "provisional": call.is_provisional,
            "level": plan.level.code,
            "may_record": plan.may_start,
            "start": plan.start.value,
            "why": plan.why.value,
            "disclose_ai": disclose_ai,
            "say": texts,
            "ask_for": [purpose.value for purpose in plan.ask_for],
            "open_purposes": [purpose.value for purpose in plan.open_purposes],
            "say_by": plan.say_by,
            "recording": call.capture,
            "duty": plan.duty,
            "instruction": _instruction(plan, texts[disclose_ai:]),
        }
    ).data


def _instruction(plan: Plan, texts: list[Spoken]) -> dict[str, str] | None:
    """What a duty asks for now, with the words that go with it: the first to be said."""
    if plan.instruction is None:
        return None
    told = plan.instruction
    return {
        "act": told.act.value,
        "because": told.because.value,
        "text": texts[0].text if texts else "",
    }
