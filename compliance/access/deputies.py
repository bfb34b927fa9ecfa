"""Who approves in another's place for a while.

A deputy holds `approve` by a role of his own, and is lent the reach of whom he stands
in for: for approving alone, and for a month at most. What was lent is not lent on.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Deputy, Person

LONGEST = timedelta(days=31)


def name(
    *, deputy: Person, since: datetime, until: datetime, by: Person, now: datetime
) -> Deputy:
    """Have somebody approve in one's own place. Raises Refused."""
    policy.require(by, Verb.APPROVE)
    _refuse_unfit(deputy, by)
    if not max(since, now) < until <= since + LONGEST:
        raise _refused(_("A deputy stands in for a month at most."), "too_long", deputy)
    with transaction.atomic():
        named = Deputy.objects.create(
            person=by, deputy=deputy, since=since, until=until
        )
        facts = {"deputy": str(named.pk), "until": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
        log.append(Action.DEPUTY_NAMED, subject=deputy, facts=facts, actor=by)
    return named


def end(*, deputy: Deputy, by: Person, now: datetime) -> None:
    """End it from now on; the row stays. Raises Refused for somebody else's."""
    if deputy.person_id != by.pk:
        raise _refused(_("This is another's deputy."), "not_owner", deputy.deputy)
    with transaction.atomic():
        current = Deputy.objects.select_for_update().get(pk=deputy.pk)
        if current.until <= now:
            return
        current.since, current.until = min(current.since, now), now
        current.save(update_fields=["since", "until"])
        facts = {"deputy": str(current.pk)}
        log.append(Action.DEPUTY_ENDED, subject=current.deputy, facts=facts, actor=by)


def of(person: Person, now: datetime) -> QuerySet[Deputy]:
    """His deputies, now or later."""
    rows = Deputy.objects.filter(person=person, until__gt=now)
    return rows.select_related("deputy").order_by("since")


def principals(person: Person, now: datetime) -> list[Person]:
    """For whom this person stands in now."""
    rows = Deputy.objects.filter(deputy=person, since__lte=now, until__gt=now)
    return [row.person for row in rows.select_related("person")]


def standing_for(people: Collection[Person], now: datetime) -> list[Person]:
    """Who stands in for one of these now."""
    rows = Deputy.objects.filter(person__in=people, since__lte=now, until__gt=now)
    return [row.deputy for row in rows.select_related("deputy")]


def candidates(person: Person) -> QuerySet[Person]:
    """Whom he can choose from: everybody else who approves something."""
    return policy.holders_anywhere(Verb.APPROVE).exclude(pk=person.pk)


def _refuse_unfit(deputy: Person, by: Person) -> None:
    if not candidates(by).filter(pk=deputy.pk).exists():
        reason = _("A deputy is somebody else whose own role approves.")
        raise _refused(reason, "unfit", deputy)


def _refused(reason: str, code: str, subject: Person) -> Refused:
    return Refused(verb=Verb.APPROVE, code=code, reason=reason, subject=subject)
