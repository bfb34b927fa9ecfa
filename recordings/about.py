"""The calls a person had who asks about them, and what was recorded of these."""

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from compliance.custody import Subject
from recordings.models import Call, Party, Recording

State = Recording.State
CALLER = Party.Role.CALLER
OUTSIDE = (CALLER, Party.Role.OTHER)
"""Who is not one of ours: staff and agents stand beside everybody, under any name."""


def borne(subject: Subject, *, at: str, number: str = "number") -> Q:
    """Which rows are of a number of theirs, at a time when it was theirs.

    at, number: the fields of the row that say so.
    """
    theirs = Q(pk__in=())
    for bearing in subject.numbers:
        one = Q((number, bearing.number))
        if bearing.since:
            one &= Q((f"{at}__gte", bearing.since))
        if bearing.until:
            one &= Q((f"{at}__lt", bearing.until))
        theirs |= one
    return theirs & _before(subject, at)


def parties(subject: Subject) -> QuerySet[Party]:
    """The stays in calls that are this person's own: by number, by name, or as the only
    caller of a call that is confirmed to be theirs.

    A number counts only for the time in which it was theirs, and a name not where one of
    ours bears it: their calls are other people's.
    """
    named = Q(name_lookup__in=subject.names - {""}, role__in=OUTSIDE)
    told = named | borne(subject, at="joined_at")
    others = Party.objects.filter(call=OuterRef("call"), role=CALLER)
    alone = ~Exists(others.exclude(pk=OuterRef("pk")))
    theirs = told | Q(alone, call__in=subject.calls, role=CALLER)
    return Party.objects.filter(theirs & _before(subject, "joined_at"))


def calls(subject: Subject) -> QuerySet[Call]:
    """The calls this person had, by whatever is known to be theirs."""
    stood = parties(subject).exclude(call=None).values_list("call")
    confirmed = Call.objects.filter(pk__in=subject.calls).values_list("pk")
    # one list of ids, and not this or that: PostgreSQL would read every call
    return Call.objects.filter(pk__in=stood.union(confirmed))


def parts(subject: Subject) -> list[UUID]:
    """Ids of what is left of the recordings of these calls, the oldest first."""
    rows = Recording.objects.filter(call__in=calls(subject).values("pk"))
    rows = rows.exclude(state__in=(State.DESTROYED, State.ABORTED))
    return list(rows.order_by("call__started_at", "part").values_list("pk", flat=True))


def _before(subject: Subject, at: str) -> Q:
    """What has no time of its own was there before."""
    if subject.before is None:
        return Q()
    return Q((f"{at}__lt", subject.before)) | Q((f"{at}__isnull", True))
