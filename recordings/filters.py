"""The filters of the calls list, for pages and API alike.

Numbers and names are not among them: they would stand in a URL. They are POSTed and
become a saved search (`queries.matching`).
"""

from datetime import date
from uuid import UUID

import django_filters
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.models import Team
from recordings import going, kept
from recordings.models import Call, Recording

MS = 1000


class CallFilter(django_filters.FilterSet):
    """Every filter of a list of calls that may stand in a URL."""

    team = django_filters.ModelMultipleChoiceFilter(
        queryset=Team.objects.all(), label=_("Team")
    )
    since = django_filters.IsoDateTimeFilter(
        field_name="started_at", lookup_expr="gte", label=_("From")
    )
    until = django_filters.IsoDateTimeFilter(
        field_name="started_at", lookup_expr="lt", label=_("Until")
    )
    direction = django_filters.ChoiceFilter(
        choices=Call.Direction, label=_("Direction")
    )
    consent = django_filters.MultipleChoiceFilter(
        choices=Call.Consent, label=_("Consent")
    )
    capture = django_filters.MultipleChoiceFilter(
        choices=Call.Capture, label=_("Recording")
    )
    agent = django_filters.CharFilter(method="by_agent", label=_("Agent"))
    label = django_filters.CharFilter(method="by_label", label=_("Label"))
    reference = django_filters.CharFilter(method="by_reference", label=_("Reference"))
    longer_than = django_filters.NumberFilter(
        method="by_min_length", label=_("Longer than (seconds)")
    )
    shorter_than = django_filters.NumberFilter(
        method="by_max_length", label=_("Shorter than (seconds)")
    )
    missed_over = django_filters.NumberFilter(
        method="by_missed", label=_("Missed more than (seconds)")
    )
    live = django_filters.BooleanFilter(
        field_name="ended_at", lookup_expr="isnull", label=_("Live now")
    )
    goes_before = django_filters.IsoDateTimeFilter(
        field_name="expires_at", lookup_expr="lt", label=_("Goes before")
    )

    undated = django_filters.BooleanFilter(
        method="by_undated", label=_("Kept without a date")
    )

    goes_on = django_filters.CharFilter(method="by_going", label=_("Goes on"))
    conflict = django_filters.CharFilter(
        method="by_conflict", label=_("Floor later than ceiling")
    )
    held = django_filters.BooleanFilter(
        method="by_hold", label=_("Kept on a legal ground")
    )

    class Meta:
        model = Call
        fields: tuple[str, ...] = ()

    def by_agent(self, calls: QuerySet[Call], _name: str, value: str) -> QuerySet[Call]:
        """By the keyed hash of an agent's name (`queries.agents` lists them)."""
        return calls.filter(
            parties__name_lookup=value, parties__role__in=("agent", "staff")
        ).distinct()

    def by_label(self, calls: QuerySet[Call], _name: str, value: str) -> QuerySet[Call]:
        """By `key` or `key:value`."""
        key, _sep, wanted = value.partition(":")
        labels = {"labels__key": key.strip()}
        if wanted:
            labels["labels__value"] = wanted.strip()
        return calls.filter(**labels).distinct()

    def by_reference(
        self, calls: QuerySet[Call], _name: str, value: str
    ) -> QuerySet[Call]:
        """By any external reference: a label's value or the provider's call id."""
        value = value.strip()
        return calls.filter(
            Q(labels__value=value) | Q(provider_call_id=value) | Q(sip_call_id=value)
        ).distinct()

    def by_undated(
        self, calls: QuerySet[Call], _name: str, value: object
    ) -> QuerySet[Call]:
        """Recorded, and no policy has said when it goes; false changes nothing."""
        recorded = (Call.Capture.RECORDED, Call.Capture.PARTIAL)
        undated = calls.filter(capture__in=recorded, expires_at=None)
        return undated if value else calls

    def by_going(self, calls: QuerySet[Call], _name: str, value: str) -> QuerySet[Call]:
        """Of which a part goes on a day, `2027-01-31`; `.series` after it: by a policy."""
        day, _sep, series = value.partition(".")
        try:
            on = date.fromisoformat(day)
            by = going.of_policy(UUID(series)) if series else Q()
        except ValueError:
            return calls.none()
        now = timezone.now()
        going_then = going.within(on, on) & going.due(now) & Q(expires_at__gte=now) & by
        parts = Recording.objects.filter(going_then, state__in=going.STATES)
        return calls.filter(Exists(parts.filter(call=OuterRef("pk"))))

    def by_conflict(
        self, calls: QuerySet[Call], _name: str, value: str
    ) -> QuerySet[Call]:
        """Of which a part has this floor after this ceiling: two ids, parted by a dot."""
        floor, _sep, ceiling = value.partition(".")
        bounds = [{"side": "floor", "ref": floor}, {"ref": ceiling, "counts": True}]
        parts = Recording.objects.filter(
            narrowed_from__isnull=False, dating__contains={"bounds": bounds}
        )
        return calls.filter(Exists(parts.filter(call=OuterRef("pk"))))

    def by_hold(
        self, calls: QuerySet[Call], _name: str, value: object
    ) -> QuerySet[Call]:
        """Whether a legal hold keeps a part of it."""
        found = kept.call(timezone.now())
        return calls.filter(found) if value else calls.filter(~found)

    def by_min_length(
        self, calls: QuerySet[Call], _name: str, value: float
    ) -> QuerySet[Call]:
        """By length in seconds."""
        return calls.filter(duration_ms__gte=int(value * MS))

    def by_missed(
        self, calls: QuerySet[Call], _name: str, value: float
    ) -> QuerySet[Call]:
        """By what ought to have been recorded and was not, in seconds."""
        return calls.filter(missed_ms__gt=int(value * MS))

    def by_max_length(
        self, calls: QuerySet[Call], _name: str, value: float
    ) -> QuerySet[Call]:
        """By length in seconds."""
        return calls.filter(duration_ms__lt=int(value * MS))
