"""Frozen lists of what a change would let go earlier: made, hashed, held against what is.

A second person approves the hash. What grows beyond the list until then lets nothing go:
the change is rehearsed again.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, QuerySet, Sum
from django.utils.translation import gettext as _

from compliance import approvals
from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.models import NumberList, Person, RetentionPolicy
from compliance.retention import number_lists, policies
from recordings import rehearsal
from recordings.models import Rehearsal, RehearsedItem
from recordings.rehearsal import EARLIER, RESOLVED, SOON, Change

Kind = Rehearsal.Kind
_COLUMNS = "rehearsal_id, item_id, call_id, bytes, goes_now, goes_then"


def verb_of(kind: str) -> Verb:
    """What it takes to make such a change, and to see its list."""
    return Verb.EDIT_POLICY if kind == Kind.POLICY else number_lists.VERB


@transaction.atomic
def freeze(change: Change, *, by: Person, now: datetime) -> Rehearsal:
    """Write down which recordings would go earlier by it, each with both dates.

    An earlier list of the same that nobody was asked about goes. Raises Refused.
    """
    made = _row(change, by, now)
    policy.require(by, verb_of(made.kind), made)
    Rehearsal.objects.filter(about=made.about, is_asked=False).delete()
    made.save(force_insert=True)
    asked = rehearsal.asked(change, now=now) | {"rehearsal": made.pk}
    with connection.cursor() as cursor:
        cursor.execute(_LIST, asked)
    told = made.items.aggregate(n=Count("id"), bytes=Sum("bytes"))
    made.recordings, made.bytes = told["n"], told["bytes"] or 0
    made.sha256 = sha256(made.items.all())
    made.save(update_fields=["recordings", "bytes", "sha256"])
    log.append(Action.REHEARSAL_FROZEN, subject=made, actor=by, facts=facts(made))
    return made


def sha256(items: QuerySet[Any]) -> str:
    """SHA-256 over the ids of what is listed, sorted, 16 bytes each.

    Read in a stream: memory stays flat however long the list is.
    """
    digest = hashlib.sha256()
    ids = items.order_by("item_id").values_list("item_id", flat=True)
    for item_id in ids.iterator(chunk_size=5_000):
        digest.update(item_id.bytes)
    return digest.hexdigest()


def facts(frozen: Rehearsal) -> dict[str, Fact]:
    """What the log and an approval keep of it."""
    return {"recordings": frozen.recordings, "sha256": frozen.sha256}


def fits(frozen: Rehearsal, change: Change) -> bool:
    """Whether it is the list of just this change."""
    return frozen.change == _fingerprint(change)


def require_not_grown(frozen: Rehearsal, change: Change, *, now: datetime) -> None:
    """Raise NotOpen where the change would let go, within 30 days, what its list has not.

    Not listed counts as well what would go earlier than the list says. What was stored
    after the list was frozen does not count: the new version dates it as it dates what
    is recorded tomorrow.
    """
    asked = rehearsal.asked(change, now=now)
    asked |= {"rehearsal": frozen.pk, "frozen_at": frozen.frozen_at}
    with connection.cursor() as cursor:
        cursor.execute(_GROWN, asked)
        (grown,) = cursor.fetchone()
    if sha256(frozen.items.all()) != frozen.sha256:
        text = _("The list is not what it was when it was frozen. Rehearse it again.")
        raise approvals.NotOpen(text)
    if grown:
        days = SOON.days
        raise approvals.NotOpen(
            _(
                "The list has grown: %(n)s more would go within %(days)s days."
                " Rehearse it again."
            )
            % {"n": grown, "days": days}
        )


def take(*, frozen: Rehearsal, by: Person) -> Iterator[RehearsedItem]:
    """The whole list, in the order of the hash; an entry, as it leaves. Raises Refused."""
    policy.require(by, verb_of(frozen.kind), frozen)
    with transaction.atomic():
        log.append(Action.REHEARSAL_TAKEN, subject=frozen, actor=by)
    return frozen.items.order_by("item_id").iterator(chunk_size=1_000)


def _row(change: Change, by: Person, now: datetime) -> Rehearsal:
    kind: Kind
    about: RetentionPolicy | NumberList
    if isinstance(change, RetentionPolicy):
        kind, about = Kind.POLICY, change
    else:
        kind, about = Kind.NUMBERS, change.number_list
    return Rehearsal(
        kind=kind,
        about=about.pk,
        change=_fingerprint(change),
        team_id=about.team_id,
        frozen_by=by,
        frozen_at=now,
    )


def _fingerprint(change: Change) -> str:
    if isinstance(change, RetentionPolicy):
        return policies.fingerprint(change)
    return change.fingerprint()


_LIST = f"""
{RESOLVED}
INSERT INTO recordings_rehearseditem ({_COLUMNS})
SELECT %(rehearsal)s, id, call_id, COALESCE(bytes, 0), goes_now, goes
FROM resolved WHERE {EARLIER}
"""  # noqa: S608

_GROWN = f"""
{RESOLVED}
SELECT count(*) FROM resolved
WHERE {EARLIER} AND goes < %(soon)s AND stored_at <= %(frozen_at)s
  AND NOT EXISTS (
    SELECT 1 FROM recordings_rehearseditem item
    WHERE item.rehearsal_id = %(rehearsal)s AND item.item_id = resolved.id
      AND item.goes_then <= resolved.goes)
"""  # noqa: S608
