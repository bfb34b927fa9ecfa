"""What staff were told of being recorded: a dated notice to a team, or to one person.

Staff are not asked on each call. Where the law of their place asks for an announcement
or for consent, a notice on file stands for it, and a verdict says so, or says that there
is none.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.consent import places, rules
from compliance.consent.verdict import Notice
from compliance.models import Level, Person, Purpose, StandingNotice, Team


class NoticeRefused(ValueError):
    """A notice that would not do what its author means; the message says why."""


class Notices:
    """The notices that hold for the staff of one team on one day."""

    def __init__(self, rows: Iterable[StandingNotice]) -> None:
        """rows: of the team, and of people by whatever they may be known by."""
        self._of_team: Notice | None = None
        self._of_person: dict[str, Notice] = {}
        for row in rows:
            if row.person is None:
                self._of_team = _facts(row)
            else:
                for name in (row.person.email.lower(), str(row.person.id)):
                    self._of_person[name] = _facts(row)

    def covering(self, identity: str) -> Notice | None:
        """The notice to whoever joins under this identity: one's own, else the team's."""
        return self._of_person.get(identity.strip().lower(), self._of_team)


def on_file(*, team_id: UUID, identities: Collection[str], on: dt.date) -> Notices:
    """The notices for staff of a team on a day.

    identities: under which staff joined; an e-mail or an id of somebody known here finds
    the notice that was given to that person.
    """
    known = {identity.strip().lower() for identity in identities}
    ids = {found for text in known if (found := _uuid(text)) is not None}
    rows = _holding(on).filter(
        Q(team=team_id) | Q(person__email__in=known) | Q(person__in=ids)
    )
    return Notices(rows.select_related("person").order_by("given_on", "id"))


def lacking(teams: Iterable[Team], *, on: dt.date) -> list[Team]:
    """Teams whose seat asks that people be told, and whose staff no notice tells."""
    told = set(
        _holding(on).exclude(team=None).values_list("team_id", flat=True).distinct()
    )
    return [team for team in teams if team.id not in told and _asks(team, on)]


def give(
    *,
    team: Team | None = None,
    person: Person | None = None,
    version: str,
    text: str,
    given_on: dt.date,
    until: dt.date | None,
    by: Person,
    now: dt.datetime,
) -> StandingNotice:
    """Put a notice on file. Raises Refused or NoticeRefused."""
    row = StandingNotice(
        team=team,
        person=person,
        version=version,
        text=text,
        given_on=given_on,
        until=until,
        recorded_by=by,
        recorded_at=now,
    )
    policy.require(by, Verb.EDIT_LIST, row)
    _check(row, now.date())
    with transaction.atomic():
        row.save(force_insert=True)
        facts: dict[str, Fact] = {
            "to": "team" if team else "person",
            "given_on": given_on.isoformat(),
            "until": until.isoformat() if until else None,
        }
        log.append(Action.STAFF_NOTICE_GIVEN, subject=row, actor=by, facts=facts)
    return row


def end(*, notice: StandingNotice, by: Person, now: dt.datetime) -> bool:
    """Let a notice hold until today and no longer. False when it was over. Raises Refused."""
    policy.require(by, Verb.EDIT_LIST, notice)
    with transaction.atomic():
        row = StandingNotice.objects.select_for_update().get(pk=notice.pk)
        if row.until is not None and row.until <= now.date():
            return False
        row.until, row.ended_by = max(now.date(), row.given_on), by
        row.save(update_fields=["until", "ended_by"])
        log.append(Action.STAFF_NOTICE_ENDED, subject=row, actor=by)
    return True


def _holding(on: dt.date) -> QuerySet[StandingNotice]:
    return StandingNotice.objects.filter(
        Q(until=None) | Q(until__gte=on), given_on__lte=on
    )


def _asks(team: Team, on: dt.date) -> bool:
    """Whether the law of the team's seat asks for anything before people are recorded."""
    law = rules.law(on=on, team_fallback=team.fallback_level)
    seat = places.normalise(team.seat)
    found = [
        rule.level_for(purpose, strict=team.strict)
        for rule in law.rules_at(seat)
        for purpose in Purpose
    ]
    if not law.knows(seat):
        found.append(law.fallback.level(place=seat, calling_code="", seat=seat))
    return max(found, default=Level.ONE_PARTY) > Level.ONE_PARTY


def _check(row: StandingNotice, today: dt.date) -> None:
    if (row.team is None) == (row.person is None):
        raise NoticeRefused(_("Name either a team or a person."))
    if row.given_on > today:
        raise NoticeRefused(_("It cannot have been given in the future."))
    if row.until is not None and row.until < row.given_on:
        raise NoticeRefused(_("It would end before it begins."))


def _facts(row: StandingNotice) -> Notice:
    return Notice(id=str(row.id), version=row.version, given_on=row.given_on)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
