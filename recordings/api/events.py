"""Events of the business, by API: an account is closed, and the clocks of policies start."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance.access import policy
from compliance.access.guards import load_or_404
from compliance.access.permissions import Verb
from compliance.api.errors import Conflict, Unprocessable
from compliance.api.permissions import caller, holds
from compliance.models import ClockEvent, PhoneNumber
from compliance.retention.periods import legal_calendar
from recordings import told_events
from recordings.api.serializers import checked_labels
from recordings.models import Call, CallLabel, Party, ToldEvent
from recordings.told_events import EventRefused, Told

AT_ONCE = 500
"""So many calls are told of in one request; `left` says how many are still to come."""


class ToldEventSerializer(serializers.ModelSerializer[ToldEvent]):
    """What counts of one event for one call."""

    event = serializers.CharField(source="event.code", read_only=True)

    class Meta:
        model = ToldEvent
        fields = ("event", "occurred_at", "told_at")
        read_only_fields = fields


class EventSerializer(serializers.Serializer[Any]):
    """What a service says."""

    event = serializers.SlugRelatedField(
        slug_field="code", queryset=ClockEvent.objects.all()
    )
    occurred_at = serializers.DateTimeField(
        required=False, help_text="Empty: now, or what was told before"
    )
    corrects = serializers.BooleanField(
        default=False, help_text="Another day than was told before takes its place"
    )
    taken_back = serializers.BooleanField(
        default=False, help_text="It did not take place; goes with corrects"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What is taken back has no day."""
        if attrs["taken_back"] and not attrs["corrects"]:
            raise serializers.ValidationError({"taken_back": "Say corrects, too."})
        if attrs["taken_back"] and attrs.get("occurred_at"):
            raise serializers.ValidationError({"occurred_at": "It did not take place."})
        return attrs


class EventOfManySerializer(EventSerializer):
    """The same of every call with a label or a number."""

    label = serializers.DictField(  # type: ignore[assignment]
        child=serializers.CharField(max_length=120), required=False
    )
    number = serializers.CharField(max_length=40, required=False, help_text="E.164")

    def validate_label(self, value: dict[str, str]) -> dict[str, str]:
        """One label, of the allow-list."""
        if len(value) != 1:
            raise serializers.ValidationError("One label with its value.")
        return checked_labels(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """By one of the two."""
        if ("label" in attrs) == ("number" in attrs):
            raise serializers.ValidationError("Either a label or a number.")
        return super().validate(attrs)


class ToldSerializer(serializers.Serializer[Any]):
    """What became of it: calls."""

    new = serializers.IntegerField()
    same = serializers.IntegerField(help_text="Told before, with the same day")
    otherwise = serializers.IntegerField(
        help_text="Told before with another day, which still counts"
    )
    corrected = serializers.IntegerField()
    left = serializers.IntegerField(help_text="Still to come: send the same again")


class CallEvents(APIView):
    """The events of one call that start clocks of policies."""

    permission_classes = (holds(Verb.TELL_EVENT),)

    @extend_schema(
        request=EventSerializer,
        responses={200: ToldEventSerializer, 201: ToldEventSerializer},
    )
    def post(self, request: Request, pk: str) -> Response:
        """Tell of one; 200 with what counts, when it was told before."""
        call = load_or_404(Call.objects.all(), caller(request), Verb.TELL_EVENT, pk)
        said = EventSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        told = _tell(request, [call], said.validated_data, timezone.now())
        if told.otherwise:
            text = _("It was told with another day. Say that this corrects it.")
            raise Conflict("told_otherwise", text)
        event = said.validated_data["event"]
        row = call.told_events.filter(event=event, replaced_at=None).first()
        body = ToldEventSerializer(row).data if row else {"event": event.code}
        return Response(body, status=201 if told.new + told.corrected else 200)


class Events(APIView):
    """An event of every call with a label or a number."""

    permission_classes = (holds(Verb.TELL_EVENT),)

    @extend_schema(
        operation_id="v1_events_create",
        request=EventOfManySerializer,
        responses=ToldSerializer,
    )
    def post(self, request: Request) -> Response:
        """Tell of it for the calls that there are now; a later call is told of later."""
        said = EventOfManySerializer(data=request.data)
        said.is_valid(raise_exception=True)
        facts = said.validated_data
        scope = policy.scope_for(caller(request), Verb.TELL_EVENT)
        rows = scope.narrow(_meant(facts), staff="staff")
        same = rows.filter(_is_said(facts)).count()
        known = rows.filter(Exists(_current(facts))).count()
        open_rows = rows.filter(
            ~_is_said(facts) if facts["corrects"] else ~Exists(_current(facts))
        )
        page = list(open_rows.order_by("started_at", "id")[: AT_ONCE + 1])
        told = _tell(request, page[:AT_ONCE], facts, timezone.now())
        told.same = same
        told.otherwise = 0 if facts["corrects"] else known - same
        left = open_rows.count() if len(page) > AT_ONCE else 0
        return Response(ToldSerializer({**told.__dict__, "left": left}).data)


def _tell(
    request: Request, calls: list[Call], facts: dict[str, Any], now: datetime
) -> Told:
    try:
        return told_events.tell(
            event=facts["event"],
            calls=calls,
            occurred_at=facts.get("occurred_at"),
            corrects=facts["corrects"],
            taken_back=facts["taken_back"],
            by=caller(request),
            now=now,
        )
    except EventRefused as refused:
        raise Unprocessable(refused.code, str(refused)) from refused


def _meant(facts: dict[str, Any]) -> QuerySet[Call]:
    """The calls with that label or number."""
    if "label" in facts:
        ((key, value),) = facts["label"].items()
        labels = CallLabel.objects.filter(call=OuterRef("pk"), key=key, value=value)
        return Call.objects.filter(Exists(labels))
    number = PhoneNumber.find("".join(facts["number"].split()))
    if number is None:
        return Call.objects.none()
    parties = Party.objects.filter(call=OuterRef("pk"), number=number)
    return Call.objects.filter(Exists(parties))


def _current(facts: dict[str, Any]) -> QuerySet[ToldEvent]:
    """What counts of the event for a call."""
    rows = ToldEvent.objects.filter(call=OuterRef("pk"), replaced_at=None)
    return rows.filter(event=facts["event"])


def _is_said(facts: dict[str, Any]) -> Q:
    """Calls of which the same counts already: the day counts, the hour does not."""
    current = _current(facts)
    if facts["taken_back"]:
        return Q(Exists(current.filter(occurred_at=None))) | ~Q(Exists(current))
    if occurred_at := facts.get("occurred_at"):
        calendar = legal_calendar()
        day = calendar.day_of(occurred_at)
        begins, ends = calendar.end_of(day - timedelta(days=1)), calendar.end_of(day)
        current = current.filter(occurred_at__gte=begins, occurred_at__lt=ends)
    return Q(Exists(current.exclude(occurred_at=None)))
