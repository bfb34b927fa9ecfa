"""Lists of numbers that policies go by, by API: another system adds and takes off."""

from typing import Any

from django.db.models import Count
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
from compliance.models import Approval, NumberList
from compliance.retention import number_lists
from compliance.retention.number_lists import AT_ONCE, ListChange, ListRefused
from recordings import policy_approvals


class NumberListSerializer(serializers.ModelSerializer[NumberList]):
    """A list; which numbers are on it is left to the page."""

    members = serializers.IntegerField(
        source="n", read_only=True, help_text="How many numbers are on it"
    )

    class Meta:
        model = NumberList
        fields = ("id", "name", "team", "members")
        read_only_fields = fields


class ChangeSerializer(serializers.Serializer[Any]):
    """What a service wants."""

    add = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        default=list,
        max_length=AT_ONCE,
        help_text="E.164: +4930123456",
    )
    remove = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        default=list,
        max_length=AT_ONCE,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Whole numbers, none of them in both."""
        read = {}
        for name in ("add", "remove"):
            typed = number_lists.read("\n".join(attrs[name]))
            if typed.bad:
                places = ", ".join(str(place) for place, _line in typed.bad)
                text = f"A whole number: +, country, number. Not so: {places}."
                raise serializers.ValidationError({name: text})
            read[name] = typed.numbers
        if set(read["add"]) & set(read["remove"]):
            raise serializers.ValidationError("A number cannot be in both.")
        return read


class ChangedSerializer(serializers.Serializer[Any]):
    """What became of it."""

    added = serializers.IntegerField(help_text="That were not on it")
    removed = serializers.IntegerField(help_text="That were on it")
    asked = serializers.UUIDField(
        allow_null=True, help_text="The approval by a second person, where it takes one"
    )


class NumberLists(APIView):
    """The lists there are for the caller."""

    permission_classes = (holds(Verb.EDIT_NUMBER_LIST),)

    @extend_schema(responses=NumberListSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Every list, by name."""
        rows = number_lists.seen_by(caller(request)).annotate(n=Count("members"))
        return Response(NumberListSerializer(rows, many=True).data)


class Members(APIView):
    """What is on one list."""

    permission_classes = (holds(Verb.EDIT_NUMBER_LIST),)

    @extend_schema(
        request=ChangeSerializer,
        responses={200: ChangedSerializer, 202: ChangedSerializer},
    )
    def post(self, request: Request, pk: str) -> Response:
        """Add numbers and take numbers off: all or nothing, and twice is once.

        202: something could go earlier by it, so a second person was asked, and nothing
        has changed yet.
        """
        rows = NumberList.objects.select_related("team")
        found = load_or_404(rows, caller(request), Verb.EDIT_NUMBER_LIST, pk)
        said = ChangeSerializer(data=request.data)
        said.is_valid(raise_exception=True)
        try:
            wanted = _wanted(found, said.validated_data)
        except ListRefused as refused:
            raise Unprocessable("too_many", str(refused)) from refused
        done = policy_approvals.change_list(
            wanted=wanted, by=caller(request), now=timezone.now()
        )
        if isinstance(done, Approval):
            body = {"added": 0, "removed": 0, "asked": done.pk}
            return Response(ChangedSerializer(body).data, status=202)
        body = {"added": len(wanted.added), "removed": len(wanted.removed)}
        return Response(ChangedSerializer({**body, "asked": None}).data)


def _wanted(found: NumberList, said: dict[str, Any]) -> ListChange:
    return number_lists.change(
        found,
        add=number_lists.kept(said["add"]),
        remove=number_lists.known(said["remove"]),
    )
