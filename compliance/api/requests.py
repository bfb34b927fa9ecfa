"""Requests of people by API: another system hands them in, and asks how far they are."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance.access.permissions import Verb
from compliance.api.errors import Conflict, Unprocessable
from compliance.api.permissions import caller, holds
from compliance.models import SubjectRequest
from compliance.models.phone_number import normalise
from compliance.publish import publish_after_commit
from compliance.requests import intake
from compliance.requests.intake import NotTakenIn, Told, ToldOtherwise
from compliance.requests.laws import laws
from compliance.requests.wording import LANGUAGES
from compliance.tasks import deliver_letters

LONGEST_KEY = 200


class RequestSerializer(serializers.ModelSerializer[SubjectRequest]):
    """How far a request is; nothing of the person."""

    outcome = serializers.CharField(read_only=True, help_text="Empty while it is open")
    ground = serializers.CharField(read_only=True, help_text="Why not; empty for none")

    class Meta:
        model = SubjectRequest
        fields = (
            "id",
            "reference",
            "kind",
            "law",
            "received_at",
            "acknowledged_at",
            "due_at",
            "paused_at",
            "extended_at",
            "identity",
            "closed_at",
            "outcome",
            "ground",
        )
        read_only_fields = fields


class RequestReportSerializer(serializers.Serializer[Any]):
    """What a service hands in."""

    kind = serializers.ChoiceField(SubjectRequest.Kind.choices)
    law = serializers.ChoiceField(
        choices=[(code, code) for code in laws()], required=False
    )
    place = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=6,
        help_text="ISO code, DE or US-CA: whose public holidays count",
    )
    language = serializers.ChoiceField(LANGUAGES, required=False, default=LANGUAGES[0])
    received_at = serializers.DateTimeField(required=False, help_text="Empty: now")
    name = serializers.CharField(required=False, allow_blank=True, max_length=200)
    email = serializers.EmailField(required=False, allow_blank=True)
    address = serializers.CharField(required=False, allow_blank=True, max_length=1000)
    words = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    numbers = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        max_length=20,
        help_text="E.164: +4930123456",
    )

    def validate_numbers(self, value: list[str]) -> tuple[str, ...]:
        """Whole numbers, for nothing tells here in which country they are dialled."""
        whole = tuple(normalise(one)[0] for one in value)
        if not all(one.startswith("+") for one in whole):
            raise serializers.ValidationError("Whole numbers: +, country, number.")
        return whole


class Requests(APIView):
    """Requests that this service hands in."""

    permission_classes = (holds(Verb.FILE_REQUEST),)

    @extend_schema(
        request=RequestReportSerializer,
        responses={201: RequestSerializer, 200: RequestSerializer},
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                location=OpenApiParameter.HEADER,
                required=True,
                description="Of yours, one a request: a retry changes nothing",
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Hand one in; 200 with the one there is when it was told before."""
        key = request.headers.get("Idempotency-Key", "").strip()
        if not 0 < len(key) <= LONGEST_KEY:
            raise Unprocessable("no_key", "Send an Idempotency-Key.")
        report = RequestReportSerializer(data=request.data)
        report.is_valid(raise_exception=True)
        now = timezone.now()
        said = {
            "law": settings.REQUESTS["law"],
            "place": settings.REQUESTS["place"],
            "received_at": now,
            **report.validated_data,
        }
        try:
            row, is_new = intake.receive_once(
                told=Told(channel=intake.Channel.API, **said),
                key=key,
                body=json.dumps(request.data, sort_keys=True, default=str),
                by=caller(request),
                now=now,
            )
        except NotTakenIn as refused:
            raise Unprocessable("not_taken_in", str(refused)) from refused
        except ToldOtherwise as error:
            text = "This key came before with another request."
            raise Conflict("told_otherwise", text) from error
        publish_after_commit(deliver_letters)
        return Response(RequestSerializer(row).data, status=201 if is_new else 200)


class RequestState(APIView):
    """One request that this service handed in."""

    permission_classes = (holds(Verb.FILE_REQUEST),)

    @extend_schema(responses=RequestSerializer)
    def get(self, request: Request, pk: UUID) -> Response:
        """How far it is. One of somebody else is not there."""
        row = SubjectRequest.objects.filter(pk=pk, made_by=caller(request)).first()
        if row is None:
            raise Http404
        return Response(RequestSerializer(row).data)
