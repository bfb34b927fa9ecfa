"""Standing consents by API: what a customer agreed to in another system, or on a form."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from compliance.access.guards import load_or_404
from compliance.access.permissions import Verb
from compliance.api.errors import Unprocessable
from compliance.api.permissions import caller, holds
from compliance.consent import standing_consents as kept
from compliance.consent.standing_consents import ConsentRefused
from compliance.models import PhoneNumber, Purpose, StandingConsent, Team
from recordings import standing_consents, tasks


class StandingConsentSerializer(serializers.ModelSerializer[StandingConsent]):
    """A standing consent; its number is masked, its evidence left to the page."""

    number = serializers.CharField(
        source="number.masked", read_only=True, default=None, allow_null=True
    )

    class Meta:
        model = StandingConsent
        fields = (
            "id",
            "number",
            "team",
            "purposes",
            "granted_at",
            "expires_at",
            "source",
            "script",
            "recorded_at",
            "withdrawn_at",
        )
        read_only_fields = fields


class StandingConsentReportSerializer(serializers.Serializer[Any]):
    """What a service records."""

    number = serializers.CharField(max_length=40, help_text="E.164: +4930123456")
    team = serializers.PrimaryKeyRelatedField(
        queryset=Team.objects.all(),
        required=False,
        allow_null=True,
        default=None,
        help_text="Whose calls it is for; empty: those of every team",
    )
    purposes = serializers.ListField(
        child=serializers.ChoiceField(Purpose.choices), allow_empty=False
    )
    granted_at = serializers.DateTimeField(
        required=False, help_text="Empty: now. Send it, and a retry changes nothing."
    )
    expires_at = serializers.DateTimeField()
    source = serializers.ChoiceField(  # type: ignore[assignment]
        StandingConsent.Source.choices
    )
    script = serializers.CharField(required=False, allow_blank=True, max_length=80)
    evidence = serializers.CharField(required=False, allow_blank=True, max_length=2000)

    def validate_number(self, value: str) -> PhoneNumber:
        """A whole number, for nothing tells here in which country it is dialled."""
        e164 = "".join(value.split())
        if not e164.startswith("+"):
            raise serializers.ValidationError("A whole number: +, country, number.")
        return PhoneNumber.from_raw(e164)


class StandingConsents(APIView):
    """Consents that hold for every call until a day."""

    permission_classes = (holds(Verb.KEEP_CONSENT),)

    @extend_schema(
        request=StandingConsentReportSerializer,
        responses={201: StandingConsentSerializer, 200: StandingConsentSerializer},
    )
    def post(self, request: Request) -> Response:
        """Record one; 200 with the one there is, when it was told before."""
        report = StandingConsentReportSerializer(data=request.data)
        report.is_valid(raise_exception=True)
        now = timezone.now()
        said = {"granted_at": now, **report.validated_data}
        try:
            row, is_new = _recorded(request, said, now)
        except ConsentRefused as refused:
            raise Unprocessable("never_counts", str(refused)) from refused
        body = StandingConsentSerializer(row).data
        return Response(body, status=201 if is_new else 200)


class Withdrawal(APIView):
    """The end of a standing consent."""

    permission_classes = (holds(Verb.KEEP_CONSENT),)

    @extend_schema(request=None, responses=StandingConsentSerializer)
    def post(self, request: Request, pk: str) -> Response:
        """Withdraw it; calls in progress stop being recorded on its account."""
        rows = StandingConsent.objects.select_related("number")
        row = load_or_404(rows, caller(request), Verb.KEEP_CONSENT, pk)
        kept.withdraw(consent=row, by=caller(request), now=timezone.now())
        for call_id in standing_consents.live_calls(row):
            tasks.reconsider(str(call_id))
        row.refresh_from_db()
        return Response(StandingConsentSerializer(row).data)


def _recorded(
    request: Request, said: dict[str, Any], now: datetime
) -> tuple[StandingConsent, bool]:
    """The row, and whether it is new: the same told twice is one consent."""
    same = StandingConsent.objects.filter(
        number=said["number"],
        team=said["team"],
        granted_at=said["granted_at"],
        expires_at=said["expires_at"],
        source=said["source"],
        recorded_by=caller(request),
        withdrawn_at=None,
    )
    for row in same.select_related("number"):
        if set(row.purposes) == set(said["purposes"]):
            return row, False
    purposes = [Purpose(purpose) for purpose in said.pop("purposes")]
    source = StandingConsent.Source(said.pop("source"))
    made = kept.record(
        **said, purposes=purposes, source=source, by=caller(request), now=now
    )
    return made, True
