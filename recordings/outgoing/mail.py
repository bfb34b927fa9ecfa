"""Mails about alerts: what, which team, since when, and a link. Nobody's data is in them."""

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

from compliance.models import Person
from recordings import queries
from recordings.models import Alert, OutgoingEvent

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
    """Mail one person about those alerts that are still open and still his to see.

    rows: all of that person. Returns the ids of the rows that the mail tells of, none
    when there was no need for one. Raises OSError when the mail server did not take it.
    """
    person = rows[0].person
    assert person is not None  # noqa: S101 - for the type checker
    if not (person.is_active and person.wants_alert_mail):
        return set()
    by_alert = {row.payload["alert_id"]: row.id for row in rows}
    found = list(queries.alerts(person).filter(id__in=by_alert))
    if not found:
        return set()
    with translation.override(settings.LANGUAGE_CODE), timezone.override(_zone(person)):
        EmailMessage(
            subject=_subject(found),
            body=_body(found),
            to=[person.email],
            headers=HEADERS | {"Message-ID": f"<{rows[0].id}@earwitness>"},
        ).send()
    return {by_alert[str(alert.id)] for alert in found}


def _zone(person: Person) -> zoneinfo.ZoneInfo:
    return zoneinfo.ZoneInfo(person.time_zone or settings.TIME_ZONE)


def _subject(found: Sequence[Alert]) -> str:
    """The first is the gravest: `queries.alerts` sorts them so."""
    first = found[0]
    what = capfirst(str(first.get_kind_display()))
    team = f" ({first.team.name})" if first.team else ""
    if len(found) == 1:
        return f"[Earwitness] {what}{team}"
    more = ngettext("and %(n)s more", "and %(n)s more", len(found) - 1)
    return f"[Earwitness] {what}{team}, {more % {'n': len(found) - 1}}"


def _body(found: Sequence[Alert]) -> str:
    parts = [_told(alert) for alert in found[:LISTED]]
    if len(found) > LISTED:
        parts.append(_("%(n)s more are on the page.") % {"n": len(found) - LISTED})
    parts.append(
        _("All open alerts: %(url)s") % {"url": f"{settings.PORTAL_URL}/alerts/"}
    )
    off = f"{settings.PORTAL_URL}/preferences"
    parts.append(_("You can switch these mails off: %(url)s") % {"url": off})
    return "\n\n".join(parts) + "\n"


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
