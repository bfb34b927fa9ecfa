"""What calls know of a person who asks: implements `compliance.requests.neighbours`.

Only callers are looked at: staff and agents stand beside everybody. A number that two
names used may be a shared line, so nothing here is more than a suggestion.
"""

from collections import Counter
from collections.abc import Collection
from uuid import UUID

from django.db.models import Count, Q

from compliance.requests.neighbours import Kind, Known, Suggestion
from recordings.models import Call, Party

LOOKED_AT = 2_000
"""So many parties are looked at, the newest first."""


class CallNeighbours:
    """Looks at the callers of the same calls."""

    def suggest(self, known: Known, *, limit: int) -> list[Suggestion]:
        """Numbers and names that callers bore together with what is known."""
        near = (
            Q(number__in=known.numbers)
            | Q(name_lookup__in=known.names)
            | Q(call__in=known.calls)
        )
        rows = Party.objects.filter(near, role=Party.Role.CALLER)
        told = list(rows.order_by("-joined_at")[:LOOKED_AT])
        numbers = Counter(
            one.number_id
            for one in told
            if one.number_id and one.number_id not in known.numbers
        )
        names = Counter(
            one.name_lookup
            for one in told
            if one.name_lookup and one.name_lookup not in known.names
        )
        spelt = {one.name_lookup: str(one.name) for one in told}
        found = [
            Suggestion(Kind.NUMBER, calls, number=number)
            for number, calls in numbers.items()
        ]
        found += [
            Suggestion(Kind.NAME, calls, name=spelt[lookup], name_lookup=lookup)
            for lookup, calls in names.items()
        ]
        return sorted(found, key=lambda one: -one.calls)[:limit]

    def bearers(self, numbers: Collection[UUID]) -> dict[UUID, int]:
        """How many names callers with each of these numbers bore; one query."""
        if not numbers:
            return {}
        rows = Party.objects.filter(number__in=numbers, role=Party.Role.CALLER)
        counted = rows.exclude(name_lookup="").values("number")
        return dict(
            counted.annotate(names=Count("name_lookup", distinct=True)).values_list(
                "number", "names"
            )
        )

    def namesakes(
        self, names: Collection[str], beside: Collection[UUID]
    ) -> dict[str, int]:
        """How many numbers other than these callers of each name had; one query."""
        if not names:
            return {}
        rows = Party.objects.filter(
            name_lookup__in=set(names), role=Party.Role.CALLER, number__isnull=False
        )
        counted = rows.exclude(number__in=beside).values("name_lookup")
        told = counted.annotate(numbers=Count("number", distinct=True))
        return dict(told.values_list("name_lookup", "numbers"))

    def stays(self, names: Collection[str]) -> list[UUID]:
        """Ids of the parties of these names."""
        rows = Party.objects.filter(name_lookup__in=set(names) - {""})
        return list(rows.order_by("pk").values_list("pk", flat=True))

    def names(self, stays: Collection[UUID]) -> set[str]:
        """The names of these parties that still have one."""
        rows = Party.objects.filter(pk__in=stays).exclude(name_lookup="")
        return set(rows.values_list("name_lookup", flat=True))

    def is_call(self, call_id: UUID) -> bool:
        """Whether there is such a call."""
        return Call.objects.filter(pk=call_id).exists()
