"""The calls a person had who asks about them, and what was recorded of these."""

from uuid import UUID

from django.db.models import Q, QuerySet

from compliance.custody import Subject
from recordings.models import Call, Party, Recording

State = Recording.State


def parties(subject: Subject) -> QuerySet[Party]:
    """The stays in calls that are this person's own, by number or by name.

    A number counts only for the time in which it was theirs.
    """
    theirs = Q(name_lookup__in=subject.names)
    for bearing in subject.numbers:
        of_number = Q(number=bearing.number)
        if bearing.since:
            of_number &= Q(joined_at__gte=bearing.since)
        if bearing.until:
            of_number &= Q(joined_at__lt=bearing.until)
        theirs |= of_number
    if subject.before:
        theirs &= Q(joined_at__lt=subject.before)
    return Party.objects.filter(theirs).exclude(number=None, name_lookup="")


def calls(subject: Subject) -> QuerySet[Call]:
    """The calls this person had, by whatever is known to be theirs."""
    had = Q(pk__in=parties(subject).values("call")) | Q(pk__in=subject.calls)
    return Call.objects.filter(had)


def parts(subject: Subject) -> list[UUID]:
    """Ids of what is left of the recordings of these calls, the oldest first."""
    rows = Recording.objects.filter(call__in=calls(subject).values("pk"))
    rows = rows.exclude(state__in=(State.DESTROYED, State.ABORTED))
    return list(rows.order_by("call__started_at", "part").values_list("pk", flat=True))
