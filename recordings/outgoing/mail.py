"""Mails about alerts and approvals: what, which team, since when, and a link.

Nobody's data is in them.
"""

import zoneinfo
from collections.abc import Sequence
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
from compliance.access import approving
from compliance.models import Approval, Person
from recordings import queries
from recordings.models import Alert, OutgoingEvent, Restoration

MOST = 200
"""Messages that one mail can be about."""
LISTED = 25
APART = timedelta(minutes=2)
"""Between two mails to one person: a burst of alerts is a mail or two, not fifty."""
HEADERS = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def next_at(person_id: UUID) -> datetime | None:
    """When a person may be mailed again; None for at once."""
    sent = OutgoingEvent.objects.filter(person=person_id, last_status="mailed")
    last = sent.order_by("-sent_at").values_list("sent_at", flat=True).first()
    return last + APART if last else None


def send(rows: Sequence[OutgoingEvent], *, now: datetime) -> set[UUID]:
    """Mail one person about what is still open and still his: alerts, and approvals.

    Mails about alerts can be switched off; an approval waits for few people, and is
    told to each of them.

    rows: all of that person. Returns the ids of the rows that the mail tells of, none
    when there was no need for one. Raises OSError when the mail server did not take it.
    """
    person = rows[0].person
    assert person is not None  # noqa: S101 - for the type checker
    alerts, asked = _alerts(person, rows), _approvals(person, rows, now)
    restored = _restored(person, rows)
    if not (alerts or asked or restored):
        return set()
    with translation.override(settings.LANGUAGE_CODE), timezone.override(_zone(person)):
        EmailMessage(
            subject=_subject(alerts, asked, restored),
            body=_body(alerts, asked, restored),
            to=[person.email],
            headers=HEADERS | {"Message-ID": f"<{rows[0].id}@earwitness>"},
        ).send()
    told = {str(one.pk) for one in (*alerts, *asked, *restored)}
    return {row.id for row in rows if told & set(row.payload.values())}


def _alerts(person: Person, rows: Sequence[OutgoingEvent]) -> list[Alert]:
    """The gravest first."""
    if not (person.is_active and person.wants_alert_mail):
        return []
    ids = [row.payload["alert_id"] for row in rows if "alert_id" in row.payload]
    return list(queries.alerts(person).filter(id__in=ids)) if ids else []


def _approvals(
    person: Person, rows: Sequence[OutgoingEvent], now: datetime
) -> list[Approval]:
    ids = {row.payload["approval_id"] for row in rows if "approval_id" in row.payload}
    if not ids:
        return []
    waiting = approving.waiting_for(person, now=now)
    return [one for one in waiting if str(one.id) in ids]


def _restored(person: Person, rows: Sequence[OutgoingEvent]) -> list[Restoration]:
    """What this person asked for out of an archive, and what became of it."""
    ids = [r.payload["restoration_id"] for r in rows if "restoration_id" in r.payload]
    if not (ids and person.is_active):
        return []
    found = Restoration.objects.filter(pk__in=ids, asked_by=person)
    return list(found.select_related("recording__call__team"))


def _zone(person: Person) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(person.time_zone or settings.TIME_ZONE)


def _subject(
    alerts: Sequence[Alert], asked: Sequence[Approval], restored: Sequence[Restoration]
) -> str:
    """What it takes two for comes first, then what was waited for, then the gravest alert."""
    if asked:
        what, team = _("Your approval is asked for"), asked[0].team
    elif restored:
        what, team = _what_came(restored[0]), restored[0].recording.call.team
    else:
        what, team = capfirst(str(alerts[0].get_kind_display())), alerts[0].team
    first = f"[Earwitness] {what} ({team.name})" if team else f"[Earwitness] {what}"
    rest = len(alerts) + len(asked) + len(restored) - 1
    if not rest:
        return first
    more = ngettext("and %(n)s more", "and %(n)s more", rest)
    return f"{first}, {more % {'n': rest}}"


def _body(
    alerts: Sequence[Alert], asked: Sequence[Approval], restored: Sequence[Restoration]
) -> str:
    parts = [_asked(approval) for approval in asked]
    parts += [_came(one) for one in restored]
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
        when = f"{date_format(until, 'j F Y, H:i')} {until.tzname()}"
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
            % {"when": f"{date_format(until, 'j F Y, H:i')} {until.tzname()}"},
            f"{settings.PORTAL_URL}/approvals/{approval.id}/",
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
            % {"when": f"{date_format(since, 'j F Y, H:i:s')} {since.tzname()}"},
            f"{settings.PORTAL_URL}/alerts/{alert.id}/",
        )
    )
