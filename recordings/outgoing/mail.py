"""Mails about alerts, approvals, requests and policies: what, until when, and a link.

Nobody's data is in them.
"""

import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compliance import approvals
from compliance.access import approving, policy
from compliance.access.permissions import Verb
from compliance.models import (
    Approval,
    NumberList,
    Person,
    RetentionPolicy,
    SubjectRequest,
    Team,
)
from recordings import queries
from recordings.models import Alert, OutgoingEvent, Restoration
from recordings.outgoing import kept_longer

MOST = 200
"""Messages that one mail can be about."""
LISTED = 25
APART = timedelta(minutes=2)
"""Between two mails to one person: a burst of alerts is a mail or two, not fifty."""
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


@dataclass(frozen=True)
class Matters:
    """What one mail is about; each the most urgent first."""

    alerts: Sequence[Alert]
    asked: Sequence[Approval]
    restored: Sequence[Restoration]
    requests: Sequence[SubjectRequest]
    longer: Sequence[RetentionPolicy | NumberList]

    @property
    def ids(self) -> set[str]:
        """Of all of them."""
        asked_for = (*self.asked, *self.restored, *self.requests)
        return {str(one.pk) for one in (*self.alerts, *asked_for, *self.longer)}


def next_at(person_id: UUID) -> datetime | None:
    """When a person may be mailed again; None for at once."""
    sent = OutgoingEvent.objects.filter(person=person_id, last_status="mailed")
    last = sent.order_by("-sent_at").values_list("sent_at", flat=True).first()
    return last + APART if last else None


def send(rows: Sequence[OutgoingEvent], *, now: datetime) -> set[UUID]:
    """Mail one person about what is still open and still his: alerts, and approvals.

    Mails about alerts can be switched off; an approval waits for few people, and is
    told to each of them, and so is a policy that one person put in force.

    rows: all of that person. Returns the ids of the rows that the mail tells of, none
    when there was no need for one. Raises OSError when the mail server did not take it.
    """
    person = rows[0].person
    assert person is not None  # noqa: S101 - for the type checker
    matters = Matters(
        alerts=_alerts(person, rows),
        asked=_approvals(person, rows, now),
        restored=_restored(person, rows),
        requests=_requests(person, rows),
        longer=[
            *kept_longer.among(person, _ids(rows, "policy_id")),
            *kept_longer.lists_among(person, _ids(rows, "number_list_id")),
        ],
    )
    if not matters.ids:
        return set()
    with translation.override(settings.LANGUAGE_CODE), timezone.override(_zone(person)):
        EmailMessage(
            subject=_subject(matters),
            body=_body(matters),
            to=[person.email],
            headers=HEADERS | {"Message-ID": f"<{rows[0].id}@earwitness>"},
        ).send()
    return {row.id for row in rows if matters.ids & set(row.payload.values())}


def _alerts(person: Person, rows: Sequence[OutgoingEvent]) -> list[Alert]:
    """The gravest first."""
    if not (person.is_active and person.wants_alert_mail):
        return []
    ids = _ids(rows, "alert_id")
    return list(queries.alerts(person).filter(id__in=ids)) if ids else []


def _approvals(
    person: Person, rows: Sequence[OutgoingEvent], now: datetime
) -> list[Approval]:
    ids = _ids(rows, "approval_id")
    if not ids:
        return []
    waiting = approving.waiting_for(person, now=now)
    return [one for one in waiting if one.id in ids]


def _requests(person: Person, rows: Sequence[OutgoingEvent]) -> list[SubjectRequest]:
    """Those still open, while this person handles requests; the next due first."""
    ids = _ids(rows, "request_id")
    if not ids or not policy.allows(person, Verb.HANDLE_REQUEST):
        return []
    still = SubjectRequest.objects.filter(pk__in=ids, closed_at=None)
    return list(still.order_by("due_at"))


def _ids(rows: Sequence[OutgoingEvent], name: str) -> set[UUID]:
    return {UUID(row.payload[name]) for row in rows if name in row.payload}


def _restored(person: Person, rows: Sequence[OutgoingEvent]) -> list[Restoration]:
    """What this person asked for out of an archive, and what became of it."""
    ids = _ids(rows, "restoration_id")
    if not (ids and person.is_active):
        return []
    found = Restoration.objects.filter(pk__in=ids, asked_by=person)
    return list(found.select_related("recording__call__team"))


def _zone(person: Person) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(person.time_zone or settings.TIME_ZONE)


def _subject(matters: Matters) -> str:
    """What it takes two for comes first, then what was waited for, then the gravest alert."""
    what, team = _first(matters)
    first = f"[Earwitness] {what} ({team.name})" if team else f"[Earwitness] {what}"
    rest = len(matters.ids) - 1
    if not rest:
        return first
    more = ngettext("and %(n)s more", "and %(n)s more", rest)
    return f"{first}, {more % {'n': rest}}"


def _first(matters: Matters) -> tuple[str, Team | None]:
    if matters.asked:
        return _("Your approval is asked for"), matters.asked[0].team
    if matters.restored:
        came = matters.restored[0]
        return _what_came(came), came.recording.call.team
    if matters.alerts:
        gravest = matters.alerts[0]
        return capfirst(str(gravest.get_kind_display())), gravest.team
    if matters.requests:
        return _("A request of a person is due soon"), None
    return _what_longer(matters.longer[0]), matters.longer[0].team


def _body(matters: Matters) -> str:
    alerts = matters.alerts
    parts = [_asked(approval) for approval in matters.asked]
    parts += [_came(one) for one in matters.restored]
    parts += [_due(request) for request in matters.requests]
    parts += [_longer(version) for version in matters.longer]
    parts += [_told(alert) for alert in alerts[:LISTED]]
    if len(alerts) > LISTED:
        parts.append(_("%(n)s more are on the page.") % {"n": len(alerts) - LISTED})
    if alerts:
        url = f"{settings.PORTAL_URL}/alerts/"
        parts.append(_("All open alerts: %(url)s") % {"url": url})
        off = f"{settings.PORTAL_URL}/preferences"
        parts.append(_("You can switch these mails off: %(url)s") % {"url": off})
    return "\n\n".join(parts) + "\n"


def _what_came(wanted: Restoration) -> str:
    if wanted.state == Restoration.State.FAILED:
        return _("A recording could not be brought out of its archive")
    return _("A recording came out of its archive")


def _came(wanted: Restoration) -> str:
    lines = [_what_came(wanted)]
    if wanted.open_until:
        until = timezone.localtime(wanted.open_until)
        when = f"{date_format(until, 'DATETIME_FORMAT')} {until.tzname()}"
        lines.append(_("It can be heard until: %(when)s") % {"when": when})
    call = wanted.recording.call_id
    part = wanted.recording.part
    return "\n".join([*lines, f"{settings.PORTAL_URL}/calls/{call}/?part={part}"])


def _asked(approval: Approval) -> str:
    """Which act, until when; who is meant stands on the page."""
    kind = approvals.kind_of(approval)
    until = timezone.localtime(approval.until)
    return "\n".join(
        (
            capfirst(str(kind.label if kind else approval.kind)),
            _("Until: %(when)s")
            % {"when": f"{date_format(until, 'DATETIME_FORMAT')} {until.tzname()}"},
            f"{settings.PORTAL_URL}/approvals/{approval.id}/",
        )
    )


def _due(request: SubjectRequest) -> str:
    """Which request, and until when; who asks stands on the page."""
    until = timezone.localtime(request.due_at)
    return "\n".join(
        (
            _("Request %(reference)s") % {"reference": request.reference},
            _("Answer by: %(when)s")
            % {"when": f"{date_format(until, 'DATETIME_FORMAT')} {until.tzname()}"},
            f"{settings.PORTAL_URL}/requests/{request.id}/",
        )
    )


def _what_longer(one: RetentionPolicy | NumberList) -> str:
    if isinstance(one, NumberList):
        return _("A list of numbers keeps longer")
    return _("A policy keeps longer")


def _longer(version: RetentionPolicy | NumberList) -> str:
    """That there is one; what it says stands on the page."""
    if isinstance(version, NumberList):
        return "\n".join(
            (
                _("A list of numbers was changed in a way that only keeps longer."),
                f"{settings.PORTAL_URL}/retention/numbers/{version.pk}/",
            )
        )
    return "\n".join(
        (
            _("A policy was put in force that only keeps longer."),
            f"{settings.PORTAL_URL}/retention/{version.series}/",
        )
    )


def _told(alert: Alert) -> str:
    since = timezone.localtime(alert.opened_at)
    return "\n".join(
        (
            capfirst(str(alert.get_kind_display())),
            _("Grade: %(grade)s") % {"grade": alert.severity.label},
            _("Team: %(team)s")
            % {"team": alert.team.name if alert.team else _("none")},
            _("Since: %(when)s")
            % {
                "when": f"{date_format(since, 'DATETIME_SECONDS_FORMAT')} {since.tzname()}"
            },
            f"{settings.PORTAL_URL}/alerts/{alert.id}/",
        )
    )
