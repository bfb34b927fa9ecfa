"""Requests in words and pictures: how much of the time is used, what is next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance.models import PhoneNumber, PlanItem, RequestPlan, SubjectRequest
from compliance.requests import identity
from compliance.requests.clock import last_day
from compliance.requests.identity import Kind
from compliance.requests.plan_words import Share
from compliance.retention import wording
from compliance.retention.periods import legal_calendar
from compliance.templatetags.lanes import Lane

HOUR = 3600
DAY = 24 * HOUR
HOURS_SHOWN = 72
"""From so many hours on days are enough."""
SOON = 7 * DAY
IDENTITY: dict[str, tuple[str, str]] = {
    SubjectRequest.Identity.OPEN: ("wait", "amber"),
    SubjectRequest.Identity.VERIFIED: ("check", "green"),
    SubjectRequest.Identity.REFUSED: ("refused", ""),
}
"""Mark and tone."""
PLAN: dict[str, tuple[str, str]] = {
    RequestPlan.State.DRAFT: ("wait", ""),
    RequestPlan.State.FROZEN: ("wait", "amber"),
    RequestPlan.State.RUNNING: ("wait", "amber"),
    RequestPlan.State.DONE: ("check", "green"),
}
"""The same of a plan."""
GROUNDS = {
    PlanItem.Ground.LEGAL: SubjectRequest.Ground.CLAIMS,
    PlanItem.Ground.CLAIMS: SubjectRequest.Ground.CLAIMS,
    PlanItem.Ground.DUTY: SubjectRequest.Ground.DUTY,
    PlanItem.Ground.OTHERS: SubjectRequest.Ground.OTHERS,
}
"""On which of a request's grounds it ends, by what keeps a thing; else another, in words."""


@dataclass(frozen=True)
class Line:
    """A request as lists draw it: the words of its time, their mark and tone."""

    request: SubjectRequest
    left: str
    mark: str
    tone: str
    used: int
    bar: str

    @property
    def due_day(self) -> date:
        """The last day by the law's own zone, wherever the viewer is."""
        return legal_calendar().day_of(self.request.due_at)

    @property
    def acknowledge_day(self) -> date | None:
        """The same of the acknowledgement, where the law wants one."""
        by = self.request.acknowledge_by
        return legal_calendar().day_of(by) if by else None


@dataclass(frozen=True)
class Offer:
    """A suggestion as the page draws it."""

    kind: str
    number: PhoneNumber | None
    name: str
    calls: int


def shares(told: Iterable[Share]) -> list[tuple[Share, str, str, str]]:
    """Parts of a plan, each with what becomes of it, on which ground and how long, in
    words."""
    return [
        (
            one,
            str(PlanItem.Treatment(one.treatment).label),
            str(PlanItem.Ground(one.ground).label) if one.ground else "",
            until(one.ground, one.until),
        )
        for one in told
    ]


def until(ground: str, at: datetime | None) -> str:
    """How long a thing of a plan stays, in words. What has no end that is known is only
    looked at again then."""
    if at is None or ground == PlanItem.Ground.UNFINISHED:
        return ""
    if ground == PlanItem.Ground.LEGAL:
        return _("looked at again %(day)s") % {
            "day": wording.day(legal_calendar().day_of(at))
        }
    return _("until %(day)s") % {"day": wording.day(last_day(at))}


def ground_of(stays: Sequence[Share]) -> str:
    """The ground of what stays of a plan, as a request ends on it: that of the most."""
    if not stays:
        return ""
    most = max(stays, key=lambda one: one.items)
    return GROUNDS.get(PlanItem.Ground(most.ground), SubjectRequest.Ground.OTHER)


def line(request: SubjectRequest, now: datetime) -> Line:
    """What its clock says now."""
    if request.closed_at is not None:
        word, mark, tone = str(request.get_outcome_display()), "check", "faint"
    elif request.paused_at is not None:
        word, mark, tone = _("clock stands still"), "pause", "amber"
    else:
        word, mark, tone = _left(request, now)
    return Line(request, word, mark, tone, _used(request, now), _bar(tone))


def clock(request: SubjectRequest, now: datetime) -> Lane:
    """Its time as a line, from receipt to the last moment; the present on it."""
    used = _used(request, now) / 100
    tone = "law" if used >= 1 else "floor"
    return Lane(until=min(1.0, used), tone=tone, today=min(1.0, used))


def views() -> list[tuple[str, str]]:
    """The views of the desk, by their code in addresses."""
    return [
        ("", _("All open")),
        ("mine", _("Mine")),
        ("unassigned", _("Nobody's")),
        ("overdue", _("Overdue")),
        ("letters", _("Letters to send")),
        ("elsewhere", _("Late elsewhere")),
        ("closed", _("Closed")),
    ]


def suggestions(request: SubjectRequest) -> list[Offer]:
    """What else stood in the calls of what is confirmed."""
    told = identity.suggestions(request)
    numbers = PhoneNumber.objects.in_bulk([one.number for one in told if one.number])
    return [
        Offer(
            str(Kind(one.kind).label),
            numbers.get(one.number) if one.number else None,
            one.name,
            one.calls,
        )
        for one in told
    ]


def _left(request: SubjectRequest, now: datetime) -> tuple[str, str, str]:
    seconds = (request.due_at - now).total_seconds()
    if seconds < 0:
        days = int(-seconds // DAY) + 1
        word = ngettext("%(n)s day overdue", "%(n)s days overdue", days) % {"n": days}
        return word, "warn", "red"
    unsaid = request.acknowledged_at is None and request.acknowledge_by is not None
    if unsaid and request.acknowledge_by and request.acknowledge_by < now:
        return _("not acknowledged in time"), "warn", "red"
    hours = int(seconds // HOUR)
    if hours < HOURS_SHOWN:
        word = ngettext("%(n)s hour left", "%(n)s hours left", hours) % {"n": hours}
        return word, "wait", "amber"
    days = int(seconds // DAY)
    word = ngettext("%(n)s day left", "%(n)s days left", days) % {"n": days}
    return word, "wait", "amber" if seconds < SOON else ""


def _used(request: SubjectRequest, now: datetime) -> int:
    """Hundredths of its time that have passed; a clock that stands still stays."""
    until = request.closed_at or request.paused_at or now
    whole = (request.due_at - request.received_at).total_seconds()
    passed = (until - request.received_at).total_seconds()
    return max(0, min(100, round(passed / whole * 100))) if whole > 0 else 100


def _bar(tone: str) -> str:
    return {"red": "red", "amber": "amber"}.get(tone, "plain")
