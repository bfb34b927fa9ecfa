"""A changed policy reaches what is kept already: page by page, until all is dated anew.

Each version of any policy has a number, the edition; each part keeps the edition that
dated it. What lags behind is dated again, so a worker that dies leaves nothing undone, and
any number of them may work side by side.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Min, OuterRef, Q, Subquery

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.retention import policies
from recordings import alerts, conflicts, keeping
from recordings.models import Alert, Call, Recording

PAGE = 200


@transaction.atomic
def catch_up(*, now: datetime, limit: int = PAGE) -> int:
    """Date up to `limit` parts again that other policies have dated; returns how many.

    The law that ships with the product may be there before any recording is: whatever
    no edition has dated is due as well. Where nothing is left to do, the pairs of
    policies that contradict each other are told of.
    """
    edition = policies.edition()
    in_force = policies.in_force()
    behind = Recording.objects.filter(edition__lt=edition, state__in=keeping.DATED)
    ids = behind.order_by("edition", "call_id").values_list("call_id", flat=True)
    calls = _locked(list(ids[:limit]))
    rows = behind.filter(call__in=list(calls)).order_by("call_id", "part")
    parts = list(rows.select_for_update(of=("self",)))
    for part in parts:
        part.call = calls[part.call_id]
    if not parts:
        conflicts.watch(now=now)
        return 0
    changed = keeping.date_again(parts, in_force, edition=edition, now=now)
    _summarise(list(calls))
    if changed:
        facts = {"recordings": len(parts), "changed": changed, "edition": edition}
        log.append(Action.POLICY_REACHED, facts=facts)
    _close_alerts({part.call.team_id for part in parts}, now)
    return len(parts)


def behind() -> int:
    """How many parts still have the dates of earlier policies."""
    edition = policies.edition()
    rows = Recording.objects.filter(edition__lt=edition, state__in=keeping.DATED)
    return rows.count()


def _locked(call_ids: list[UUID]) -> dict[UUID, Call]:
    """The calls under their locks; what another worker holds is left to it."""
    rows = Call.objects.select_for_update(skip_locked=True)
    return {call.pk: call for call in rows.filter(pk__in=call_ids).order_by("pk")}


def _summarise(call_ids: list[UUID]) -> None:
    """What lists show of a call: the first of its parts to go."""
    parts = Recording.objects.filter(call=OuterRef("pk"))
    parts = parts.exclude(state=Recording.State.DESTROYED).order_by()
    first = parts.values("call").annotate(goes=Min("expires_at")).values("goes")
    Call.objects.filter(pk__in=call_ids).update(expires_at=Subquery(first))


def _close_alerts(team_ids: set[UUID], now: datetime) -> None:
    """A team of which everything has a policy now waits for none."""
    bare = Recording.objects.filter(
        Q(state__in=Recording.HEARABLE) | Q(state__in=Recording.SHUT),
        call__team__in=team_ids,
        policy_id=None,
    )
    still = set(bare.order_by().values_list("call__team", flat=True).distinct())
    for team_id in team_ids - still:
        alerts.close(Alert.Kind.NO_POLICY, subject=str(team_id), now=now)
