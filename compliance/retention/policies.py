"""Policies as versioned data: written as drafts, put in force by one or by two people.

Whatever could make anything go earlier takes a second person (`changes.may_shorten`);
what only keeps longer takes one. The newest published version of a series counts; a
shipped default beside a version of one's own is only offered.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, QuerySet, Subquery
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from compliance.access import approving, policy
from compliance.access.permissions import Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import (
    Approval,
    NumberList,
    NumberListChange,
    Person,
    RetentionPolicy,
    Team,
)
from compliance.retention import changes

KIND = "policy"
"""Of the approval that a policy which lets things go earlier takes."""
LOCK = 0x6B656570
"""Any number that nothing else locks on: versions get their numbers one by one."""


class PolicyRefused(ValueError):
    """A draft that cannot be kept or put in force; the message says why."""


@dataclass(frozen=True)
class PolicyDraft:
    """What an author writes; an empty condition covers everything."""

    name: str
    team: Team | None = None
    teams: tuple[UUID, ...] = ()
    direction: str = ""
    places: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    label_key: str = ""
    label_value: str = ""
    numbers: tuple[UUID, ...] = ()
    number_list: NumberList | None = None
    calls: tuple[UUID, ...] = ()
    kept_until: date | None = None
    reference: str = ""
    keep_at_least: str = ""
    delete_after: str = ""
    playable_for: str = ""
    clock: str = RetentionPolicy.Clock.CALL_END
    grace_days: int = 0
    lock_mode: str = RetentionPolicy.LockMode.GOVERNANCE
    tiers: tuple[str, ...] = ()
    citation: str = ""
    note: str = ""
    item_kind: str = "recording"
    is_ended: bool = False

    @classmethod
    def of(cls, row: RetentionPolicy) -> "PolicyDraft":
        """What a version says, to start from."""
        said = {one.name: getattr(row, one.name) for one in fields(cls)}
        return cls(**said)

    def columns(self) -> dict[str, Any]:
        """The draft as the columns of a row."""
        said = asdict(self) | {"team": self.team, "number_list": self.number_list}
        lists = ("teams", "places", "purposes", "numbers", "calls", "tiers")
        return said | {name: list(said[name]) for name in lists}


def in_force() -> list[RetentionPolicy]:
    """The version of each series that counts, by name; what has ended is left out."""
    rows = _published().filter(is_offer=False)
    rows = rows.select_related("team", "adopted_by", "number_list")
    newest = rows.order_by("series", "-version").distinct("series")
    return [
        one
        for one in sorted(newest, key=lambda one: (one.name, str(one.series)))
        if not one.is_ended
    ]


def edition() -> int:
    """The number under which recordings are dated now: that of the newest version of a
    policy, or of the newest change of a list that policies go by."""
    lists = NumberListChange.objects.order_by("-edition").values("edition")[:1]
    newest = Greatest(Max("edition"), Subquery(lists))
    return _published().aggregate(newest=newest)["newest"] or 0


def in_line() -> None:
    """Wait until no other transaction makes an edition; for the rest of this one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def versions_of(series: UUID) -> list[RetentionPolicy]:
    """Every version of a policy, the newest first, drafts and offers apart."""
    rows = _published().filter(series=series)
    rows = rows.select_related("team", "author", "adopted_by", "number_list")
    return list(rows.order_by("-version"))


def current(series: UUID) -> RetentionPolicy | None:
    """The version of a policy that counts; None where nothing was published yet."""
    rows = _published().filter(series=series, is_offer=False)
    rows = rows.select_related("team", "number_list")
    return rows.order_by("-version").first()


def before(version: RetentionPolicy) -> RetentionPolicy | None:
    """What was in force until this version was; None where nothing was."""
    rows = _published().filter(series=version.series, is_offer=False)
    return rows.filter(version__lt=version.version).order_by("-version").first()


def draft_of(series: UUID) -> RetentionPolicy | None:
    """The draft of a policy, if somebody has written one."""
    rows = RetentionPolicy.objects.filter(series=series, published_at=None)
    return rows.select_related("team", "author", "number_list").first()


def asked(draft: RetentionPolicy) -> Approval | None:
    """The open question whether a draft may be put in force, if there is one."""
    rows = Approval.objects.filter(kind=KIND, state__in=Approval.OPEN)
    return rows.filter(content__policy=str(draft.pk)).first()


@transaction.atomic
def write(
    *, draft: PolicyDraft, by: Person, now: datetime, series: UUID | None = None
) -> RetentionPolicy:
    """Keep what an author wrote as the draft of its policy, instead of an earlier one.

    series: the policy it changes; None begins one. Raises Refused (also where the
    version in force, or an earlier draft, is beyond the author's reach), PolicyRefused.
    """
    columns = draft.columns()
    row = draft_of(series) if series else None
    before = current(series) if series else None
    for one in filter(None, (row, before)):
        policy.require(by, Verb.EDIT_POLICY, one)
    if row is not None and asked(row):
        raise PolicyRefused(_("A second person is deciding about this draft."))
    if row is None:
        row = RetentionPolicy(**({"series": series} if series else {}))
        row.code = before.code if before else ""
    for name, value in columns.items():
        setattr(row, name, value)
    policy.require(by, Verb.EDIT_POLICY, row)
    if row.number_list and row.number_list.team_id not in (None, row.team_id):
        raise PolicyRefused(_("The list of numbers belongs to another team."))
    row.author = row.adopted_by = by
    row.created_at = now
    row.save()
    facts = {"draft": fingerprint(row)}
    log.append(Action.POLICY_DRAFTED, subject=row, facts=facts, actor=by)
    return row


@transaction.atomic
def drop(*, draft: RetentionPolicy, by: Person) -> None:
    """Delete a draft. Raises Refused, PolicyRefused."""
    row = _held(draft.pk)
    policy.require(by, Verb.EDIT_POLICY, row)
    if asked(row):
        raise PolicyRefused(_("A second person is deciding about this draft."))
    facts = {"draft": fingerprint(row)}
    log.append(Action.POLICY_DRAFT_DROPPED, subject=row, facts=facts, actor=by)
    row.delete()


def takes_two(draft: RetentionPolicy, *, by: Person) -> bool:
    """Whether putting it in force takes a second person, and there is one."""
    shortens = changes.may_shorten(current(draft.series), draft)
    return shortens and approving.needed(Verb.EDIT_POLICY, draft.team, by=by)


@transaction.atomic
def publish(
    *,
    draft: RetentionPolicy,
    by: Person,
    now: datetime,
    approved: Approval | None = None,
) -> RetentionPolicy:
    """Put a draft in force: from now on, and for what is kept already.

    approved: what a second person agreed to, where it takes one. Raises Refused,
    PolicyRefused when the draft is gone.
    """
    in_line()
    row = _held(draft.pk)
    policy.require(by, Verb.EDIT_POLICY, row)
    if changes.may_shorten(current(row.series), row):
        approving.refuse_alone(
            Verb.EDIT_POLICY, row.team, kind=KIND, by=by, approved=approved
        )
    newest = _published().filter(series=row.series).aggregate(n=Max("version"))["n"]
    row.version = (newest or 0) + 1
    row.edition = edition() + 1
    row.published_at, row.adopted_by = now, by
    row.save()
    facts = {
        "version": row.version,
        "keep_at_least": _least(row),
        "delete_after": row.delete_after or "-",
        "ended": row.is_ended,
    }
    log.append(Action.POLICY_VERSIONED, subject=row, facts=facts, actor=by)
    return row


def fingerprint(row: RetentionPolicy) -> str:
    """Equal while the draft is: SHA-256 over all that it says, and while the list it
    names is not changed, which as long as no policy goes by it one person may do."""
    said: Mapping[str, Any] = PolicyDraft.of(row).columns()
    text = json.dumps(
        {
            **said,
            "team": str(row.team_id),
            "number_list": str(row.number_list_id),
            "list_changed": _newest_change(row.number_list_id),
            "series": str(row.series),
        },
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _newest_change(list_id: UUID | None) -> int:
    """Of a list; 0 where none is named, or nothing was changed yet."""
    if list_id is None:
        return 0
    rows = NumberListChange.objects.filter(number_list=list_id)
    return rows.aggregate(newest=Max("pk"))["newest"] or 0


def _least(row: RetentionPolicy) -> str:
    """The floor as the log tells it: a period, or a day."""
    day = row.kept_until
    return day.isoformat() if day else row.keep_at_least or "-"


def _published() -> QuerySet[RetentionPolicy]:
    return RetentionPolicy.objects.filter(published_at__isnull=False)


def _held(pk: UUID) -> RetentionPolicy:
    rows = RetentionPolicy.objects.select_for_update(of=("self",))
    row = rows.filter(pk=pk, published_at=None).select_related("team").first()
    if row is None:
        raise PolicyRefused(_("This draft has been put in force or dropped meanwhile."))
    return row
