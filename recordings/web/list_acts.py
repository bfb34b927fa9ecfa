"""What is done on the page of the lists: the use case, then the calls it bears on."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.consent import duties, staff_notices, standing_consents
from compliance.models import (
    Person,
    PhoneNumber,
    Purpose,
    StandingConsent,
    StandingNotice,
    Team,
)
from compliance.models.phone_number import normalise
from recordings import do_not_record, staffing, tasks
from recordings import standing_consents as on_calls
from recordings.models import DoNotRecord
from recordings.web.list_forms import end_of, start_of, teams

RECENT = timedelta(days=90)
"""Staff on a call since then make a team one that has staff."""


def initial() -> dict[str, Any]:
    """What a form begins with."""
    today = timezone.now().date()
    return {"granted_on": today, "given_on": today}


def e164(number: str) -> str:
    """A number as it is stored."""
    return normalise(number)[0]


def add_entry(said: dict[str, Any], by: Person, now: datetime) -> str:
    """Put a number or a trunk on the do-not-record list."""
    entry = do_not_record.add(
        number=said["number"],
        trunk=said["trunk"],
        team=said["team"],
        reason=DoNotRecord.Reason(said["reason"]),
        note=said["note"],
        since=start_of(said["since"]),
        until=end_of(said["until"]),
        by=by,
        now=now,
    )
    _think_again(do_not_record.live_calls(entry))
    told = _("It is on the list.")
    if owing := _under_duty(entry, now):
        told += " " + _(
            "%(teams)s must record by law: each such call will be an alert."
        ) % {"teams": owing}
    return told


def end_entry(entry: DoNotRecord, by: Person, now: datetime) -> str:
    """Take an entry off the list."""
    ended = do_not_record.end(entry=entry, by=by, now=now)
    return _("It is off the list.") if ended else _("It was over already.")


def add_consent(said: dict[str, Any], by: Person, now: datetime) -> str:
    """Record a standing consent."""
    given, last = start_of(said["granted_on"]), end_of(said["last_day"])
    assert given is not None  # noqa: S101 - the form asks for both
    assert last is not None  # noqa: S101
    standing_consents.record(
        number=PhoneNumber.from_raw(said["number"]),
        team=said["team"],
        purposes=[Purpose(name) for name in said["purposes"]],
        granted_at=given,
        expires_at=last,
        source=StandingConsent.Source(said["source"]),
        script=said["script"],
        evidence=said["evidence"],
        by=by,
        now=now,
    )
    return _("The consent is recorded: it counts from the next call on.")


def withdraw_consent(consent: StandingConsent, by: Person, now: datetime) -> str:
    """Withdraw a standing consent."""
    if not standing_consents.withdraw(consent=consent, by=by, now=now):
        return _("It was over already.")
    _think_again(on_calls.live_calls(consent))
    return _("The consent is withdrawn, on calls in progress too.")


def give_notice(said: dict[str, Any], by: Person, now: datetime) -> str:
    """Put a notice to staff on file."""
    staff_notices.give(
        team=said["team"],
        person=said.get("person"),
        version=said["version"],
        text=said["text"],
        given_on=said["given_on"],
        until=said["last_day"],
        by=by,
        now=now,
    )
    return _("The notice is on file: verdicts from now on name it.")


def end_notice(notice: StandingNotice, by: Person, now: datetime) -> str:
    """Let a notice hold no longer than today."""
    ended = staff_notices.end(notice=notice, by=by, now=now)
    return _("It holds until today.") if ended else _("It was over already.")


def teams_untold(person: Person) -> list[Team]:
    """Teams with staff whom the law wants told, and whom no notice tells."""
    now = timezone.now()
    mine = policy.scope_for(person, Verb.EDIT_LIST).narrow(teams(), "id")
    with_staff = staffing.with_staff(mine, since=now - RECENT)
    return staff_notices.lacking(with_staff, on=now.date())


def _under_duty(entry: DoNotRecord, now: datetime) -> str:
    """The names of teams that have to record the calls of this entry."""
    bound = teams().exclude(duty=None)
    if entry.team is not None:
        bound = bound.filter(pk=entry.team.pk)
    owing = [team.name for team in bound if duties.of(team, on=now.date())]
    return ", ".join(owing)


def _think_again(call_ids: Iterable[UUID]) -> None:
    for call_id in call_ids:
        tasks.reconsider(str(call_id))
