"""Calls, parties, recordings and consents, for programs."""

from typing import TypeVar

from django.db import transaction
from django.db.models import Model, QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from compliance.access import policy
from compliance.access.guards import load_or_404
from compliance.access.permissions import Verb
from compliance.api.permissions import caller, holds
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.keyset import Order
from compliance.models import Person
from compliance.publish import publish_after_commit
from recordings import keeping, kept, queries, restricted, scopes, tasks
from recordings.api.serializers import (
    CallSerializer,
    ConsentRecordSerializer,
    LabelsSerializer,
    PartySerializer,
    RecordingSerializer,
)
from recordings.filters import CallFilter
from recordings.models import Call, CallLabel, ConsentRecord, Party, Recording

_Row = TypeVar("_Row", bound=Model)

DESCRIBED = ("declared_place", "billing_place", "language")
"""What may be told of a party."""


class CallList(generics.ListAPIView[Call]):
    """Calls, newest first, with the filters of the calls page."""

    permission_classes = (holds(Verb.VIEW),)
    serializer_class = CallSerializer
    order = Order("started_at")

    def get_queryset(self) -> QuerySet[Call]:
        """The calls this caller may see, filtered."""
        rows = queries.for_page(queries.calls(caller(self.request)))
        asked = CallFilter(self.request.query_params, queryset=rows)
        if not asked.is_valid():  # its rows would be all there are
            raise ValidationError(asked.errors)
        filtered: QuerySet[Call] = asked.qs
        return filtered


class CallDetail(generics.RetrieveAPIView[Call]):
    """One call."""

    permission_classes = (holds(Verb.VIEW),)
    serializer_class = CallSerializer

    def get_object(self) -> Call:
        """The call, or 404 when it is not for this caller."""
        person = caller(self.request)
        rows = queries.for_page(queries.known_calls(person))
        return load_or_404(rows, person, Verb.VIEW, self.kwargs["pk"])


class Labels(APIView):
    """The labels and external references of a call."""

    permission_classes = (holds(Verb.EDIT_LABEL),)

    @extend_schema(request=LabelsSerializer, responses=LabelsSerializer)
    def put(self, request: Request, pk: str) -> Response:
        """Set the labels that are named, leave the others."""
        person = caller(request)
        call = load_or_404(queries.known_calls(person), person, Verb.EDIT_LABEL, pk)
        told = LabelsSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        with transaction.atomic():
            before = dict(call.labels.values_list("key", "value"))
            wanted = told.validated_data["labels"]
            changed = [k for k in sorted(wanted) if wanted[k] != before.get(k, "")]
            for key in changed:
                if value := wanted[key]:
                    CallLabel.objects.update_or_create(
                        call=call, key=key, defaults={"value": value, "told_at": None}
                    )
                else:
                    CallLabel.objects.filter(call=call, key=key).delete()
            if changed:
                names = ",".join(changed)
                log.append(Action.CALL_LABELLED, subject=call, facts={"labels": names})
                keeping.doubt([call.pk])
        if changed:
            scopes.look_at(call.id, now=timezone.now())
        labels = dict(call.labels.values_list("key", "value"))
        return Response({"labels": labels})


class PartyList(generics.ListAPIView[Party]):
    """The parties of the calls this caller may see, latest to join first."""

    permission_classes = (holds(Verb.VIEW),)
    serializer_class = PartySerializer
    order = Order("joined_at")

    def get_queryset(self) -> QuerySet[Party]:
        """Parties that belong to a call."""
        rows = Party.objects.filter(call__isnull=False).select_related("number")
        return _seen_by(caller(self.request), rows)


class PartyDetail(generics.RetrieveUpdateAPIView[Party]):
    """One party; whoever knows its place or language better may say so."""

    permission_classes = (holds(Verb.VIEW),)
    serializer_class = PartySerializer
    http_method_names = ("get", "head", "patch")

    def get_object(self) -> Party:
        """The party, if the caller may do that with its call."""
        verb = Verb.REPORT_CONSENT if self.request.method == "PATCH" else Verb.VIEW
        rows = Party.objects.filter(call__isnull=False).select_related("call", "number")
        party = generics.get_object_or_404(rows, pk=self.kwargs["pk"])
        person = caller(self.request)
        load_or_404(queries.known_calls(person), person, verb, str(party.call_id))
        return party

    def perform_update(self, serializer: BaseSerializer[Party]) -> None:
        """Save, and ask the law again: a better fact may change the verdict."""
        before = {name: getattr(serializer.instance, name) for name in DESCRIBED}
        with transaction.atomic():
            party = serializer.save()
            changed = [n for n in DESCRIBED if getattr(party, n) != before[n]]
            if not changed:
                return
            log.append(
                Action.PARTY_DESCRIBED,
                subject=party.call,
                facts={
                    "party": str(party.id),
                    "fields": ",".join(changed),
                    "places": f"{party.declared_place}/{party.billing_place}",
                },
            )
            publish_after_commit(tasks.reconsider, call_id=str(party.call_id))


class RecordingList(generics.ListAPIView[Recording]):
    """Recordings, latest planned first."""

    permission_classes = (holds(Verb.VIEW),)
    serializer_class = RecordingSerializer
    order = Order("planned_at")

    def get_queryset(self) -> QuerySet[Recording]:
        """Parts of the calls this caller may see."""
        rows = (
            kept.parts()
            .select_related("call__team")
            .prefetch_related(
                "call__consents", "call__parties__number", "call__verdicts"
            )
        )
        return _seen_by(caller(self.request), rows)


class RecordingDetail(generics.RetrieveAPIView[Recording]):
    """One recording."""

    permission_classes = (holds(Verb.VIEW),)
    serializer_class = RecordingSerializer

    def get_object(self) -> Recording:
        """The recording, or 404 when it is not for this caller."""
        person = caller(self.request)
        rows = restricted.of_calls_for(person, kept.parts())
        rows = rows.select_related("call__team")
        return load_or_404(rows, person, Verb.VIEW, self.kwargs["pk"])


class ConsentList(generics.ListAPIView[ConsentRecord]):
    """Acts of consent, latest first."""

    permission_classes = (holds(Verb.VIEW),)
    serializer_class = ConsentRecordSerializer
    order = Order("occurred_at")

    def get_queryset(self) -> QuerySet[ConsentRecord]:
        """Records of the calls this caller may see."""
        return _seen_by(caller(self.request), ConsentRecord.objects.all())


def _seen_by(person: Person, rows: "QuerySet[_Row]") -> "QuerySet[_Row]":
    """Of rows that belong to calls, those of the calls this person may see."""
    scope = policy.scope_for(person, Verb.VIEW)
    rows = scope.narrow(rows, "call__team_id", staff="call__staff")
    return restricted.of_calls_for(person, rows)
