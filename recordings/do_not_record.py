"""The do-not-record list: who is on it, and what that means for a call.

Such a call is rightly not recorded, and carries the entry that says so. The list comes
before a duty to record: what was recorded against it cannot be taken back, and a call
that a duty wanted recorded can still be ended (the plan says so, and an alarm is raised).
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import Person, PhoneNumber, Team
from recordings.models import Call, DoNotRecord, Recording, Trunk

LEEWAY = timedelta(minutes=1)
"""A form takes its time: 'from now' may be a moment ago."""


class ListRefused(ValueError):
    """An entry that would not do what its author means; the message says why."""


def find(call: Call, *, numbers: Collection[UUID], now: datetime) -> DoNotRecord | None:
    """The entry by which this call is not recorded, or None.

    numbers: ids of the numbers of those outside who are, or were, on the line. An entry
    that bore on a call once bears on it to its end.
    """
    if call.do_not_record is not None:
        return call.do_not_record
    who = Q(number__in=numbers)
    if call.trunk_id is not None:
        who |= Q(trunk=call.trunk_id)
    elif not numbers:
        return None
    rows = DoNotRecord.objects.filter(
        who,
        Q(team=None) | Q(team=call.team_id),
        Q(until=None) | Q(until__gt=call.started_at),
        since__lte=call.ended_at or call.now(now),
    )
    return rows.order_by("since", "id").first()


def bar(call: Call, entry: DoNotRecord) -> None:
    """Let the call carry the entry by which it is not recorded. Its lock is held."""
    if call.do_not_record_id is not None:
        return
    call.do_not_record = entry
    call.save(update_fields=["do_not_record"])
    facts: dict[str, Fact] = {"entry": str(entry.id), "reason": entry.reason}
    with transaction.atomic():
        log.append(Action.CONSENT_EXEMPTED, subject=call, facts=facts)


def is_against(part: Recording) -> bool:
    """Whether a part was begun although the list had its call already: the number or
    the entry became known to us too late."""
    entry, began = part.call.do_not_record, part.started_at
    if entry is None or began is None or entry.since > began:
        return False
    if entry.trunk_id is not None:
        return True
    there = part.call.parties.filter(number=entry.number_id, joined_at__lte=began)
    return there.exists()


def add(
    *,
    number: str = "",
    trunk: Trunk | None = None,
    team: Team | None,
    reason: DoNotRecord.Reason,
    note: str,
    since: datetime | None,
    until: datetime | None,
    by: Person,
    now: datetime,
) -> DoNotRecord:
    """Put a number, or a trunk, on the list: for calls of one team, or of every team.

    number: E.164, or as it is written in the country of the team's seat. The caller asks
    `capture.reconsider` for `live_calls` afterwards. Raises Refused or ListRefused.
    """
    entry = DoNotRecord(
        trunk=trunk,
        team=trunk.team if trunk else team,
        reason=reason,
        note=note,
        since=since or now,
        until=until,
        added_by=by,
    )
    policy.require(by, Verb.EDIT_LIST, entry)
    _check(entry, number, now)
    with transaction.atomic():
        if trunk is None:
            seat = team.seat if team else ""
            entry.number = PhoneNumber.from_raw(number, country=seat)
        _check_new(entry, now)
        entry.save(force_insert=True)
        facts: dict[str, Fact] = {
            "what": "trunk" if trunk else "number",
            "reason": entry.reason,
            "until": entry.until.date().isoformat() if entry.until else None,
        }
        log.append(Action.LIST_ADDED, subject=entry, actor=by, facts=facts)
    return entry


def end(*, entry: DoNotRecord, by: Person, now: datetime) -> bool:
    """Take an entry off the list from now on; calls that carry it go on carrying it.

    Returns False when it was over already. Raises Refused.
    """
    policy.require(by, Verb.EDIT_LIST, entry)
    with transaction.atomic():
        found = DoNotRecord.objects.select_for_update().get(pk=entry.pk)
        if found.until is not None and found.until <= now:
            return False
        found.until, found.ended_by = max(now, found.since), by
        found.save(update_fields=["until", "ended_by"])
        log.append(Action.LIST_ENDED, subject=found, actor=by)
    return True


def live_calls(entry: DoNotRecord) -> list[UUID]:
    """Ids of calls in progress on which the entry bears."""
    live = Call.objects.filter(ended_at=None)
    if entry.team_id is not None:
        live = live.filter(team=entry.team_id)
    if entry.trunk_id is not None:
        live = live.filter(trunk=entry.trunk_id)
    else:
        live = live.filter(parties__number=entry.number_id)
    return list(live.values_list("id", flat=True).distinct())


def _check(entry: DoNotRecord, number: str, now: datetime) -> None:
    if (entry.trunk is None) != bool(number.strip()):
        raise ListRefused(_("Name either a number or a trunk."))
    if entry.since < now - LEEWAY:
        raise ListRefused(_("An entry cannot begin in the past."))
    if entry.until is not None and entry.until <= entry.since:
        raise ListRefused(_("It would end before it begins."))


def _check_new(entry: DoNotRecord, now: datetime) -> None:
    same = DoNotRecord.objects.filter(
        Q(until=None) | Q(until__gt=now),
        number=entry.number,
        trunk=entry.trunk,
        team=entry.team,
    )
    if same.exists():
        raise ListRefused(_("It is on the list already."))
