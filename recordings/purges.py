"""A manual purge: rehearsed, frozen, asked of a second person, carried out, cancelled.

The list is frozen with a hash over the sorted ids of what would go, and the second
person approves that hash. Carrying it out is `purging`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import connection, transaction
from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    QuerySet,
    Sum,
    UUIDField,
    Value,
    When,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance import approvals
from compliance.access import approving, policy
from compliance.access.permissions import Verb
from compliance.approvals import Content, Kind
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.custody import Scope
from compliance.models import Approval, Person
from compliance.templatetags.earwitness import DASH
from recordings import frozen, keeping, kept, restricted, scopes
from recordings.models import Purge, PurgeItem

State = Purge.State
Fate = PurgeItem.Fate

KIND = "purge"
_COLUMNS = ("purge_id", "item_id", "call_id", "bytes", "goes_at", "state", "fate")


class NothingToPurge(ValueError):
    """Nothing within the scope could go."""


def rehearse(*, scope: Scope, by: Person, now: datetime) -> Purge:
    """Freeze which recordings within a scope would go now; nothing of them changes.

    Raises Refused, and NothingToPurge.
    """
    policy.require(by, Verb.PURGE, Purge(team_id=scope.team))
    with transaction.atomic():
        purge = Purge.objects.create(
            team_id=scope.team, scope=scope.as_json(), frozen_by=by, frozen_at=now
        )
        _list(purge, scope, now)
        told = _that(purge, Fate.LISTED).aggregate(n=Count("id"), bytes=Sum("bytes"))
        if not told["n"]:
            raise NothingToPurge(_("Nothing of it could go."))
        purge.recordings, purge.bytes = told["n"], told["bytes"] or 0
        purge.sha256 = frozen.sha256(_that(purge, Fate.LISTED))
        purge.save(update_fields=["recordings", "bytes", "sha256"])
        log.append(
            Action.PURGE_REHEARSED, subject=purge, actor=by, facts=_frozen(purge)
        )
    return purge


def ask(*, purge: Purge, by: Person, now: datetime) -> Approval:
    """Ask a second person to have it carried out; alone nobody can. Raises Refused, also
    where nobody is left who could approve it, and NotOpen."""
    if purge.state != State.REHEARSED:
        raise approvals.NotOpen(_("It was carried out already."))
    content = {"purge": str(purge.pk), **_frozen(purge)}
    return approving.ask(kind=PURGE, content=content, team=purge.team, by=by, now=now)


def asked(purge: Purge) -> Approval | None:
    """The open approval of it, if somebody has asked."""
    rows = Approval.objects.filter(kind=KIND, state__in=Approval.OPEN)
    return rows.filter(content__purge=str(purge.pk)).first()


def cancel(*, purge: Purge, by: Person, now: datetime) -> bool:
    """Stop it where it is; what a worker has in hand is finished. Returns False where it
    does not run. Raises Refused."""
    policy.require(by, Verb.PURGE, purge)
    with transaction.atomic():
        rows = Purge.objects.select_for_update(of=("self",), no_key=True)
        found = rows.filter(pk=purge.pk, state=State.RUNNING).first()
        if found is None:
            return False
        end(found, State.CANCELLED, by, now)
        gone = found.items.filter(fate=Fate.GONE).count()
        facts: dict[str, Fact] = {"gone": gone}
        log.append(Action.PURGE_CANCELLED, subject=found, actor=by, facts=facts)
    return True


def take(*, purge: Purge, by: Person) -> Iterator[PurgeItem]:
    """The whole list, in the order of the hash; an entry, as it leaves. Raises Refused."""
    policy.require(by, Verb.PURGE, purge)
    with transaction.atomic():
        log.append(Action.PURGE_TAKEN, subject=purge, actor=by)
    return purge.items.order_by("item_id").iterator(chunk_size=1_000)


def fates(purge: Purge) -> Mapping[str, int]:
    """How many of the list came to what."""
    rows = purge.items.order_by().values_list("fate").annotate(n=Count("id"))
    return Counter(dict(rows))


def end(purge: Purge, state: State, by: Person | None, now: datetime) -> None:
    """Note how it ended. The caller holds its lock."""
    purge.state, purge.ended_at, purge.ended_by = state, now, by
    purge.save(update_fields=["state", "ended_at", "ended_by"])


def seen_by(person: Person) -> QuerySet[Purge]:
    """The purges this person may see."""
    scope = policy.scope_for(person, Verb.PURGE)
    return scope.narrow(Purge.objects.select_related("team", "frozen_by"))


def _list(purge: Purge, scope: Scope, now: datetime) -> None:
    """Write the list in one statement: what would go, and what would stay and why."""
    rows = scopes.parts(scope).filter(state__in=keeping.DATED).order_by()
    fate = Case(
        When(kept.part(now), then=Value(Fate.HELD.value)),
        When(restricted.part(), then=Value(Fate.STORED.value)),
        When(keep_until__gt=now, then=Value(Fate.FLOORED.value)),
        default=Value(Fate.LISTED.value),
        output_field=CharField(),
    )
    chosen = rows.values_list(
        Value(purge.pk, output_field=UUIDField()),
        "id",
        "call_id",
        Coalesce("bytes", Value(0)),
        F("expires_at"),
        "state",
        fate,
    )
    sql, params = chosen.query.sql_with_params()
    table = connection.ops.quote_name(PurgeItem._meta.db_table)
    with connection.cursor() as cursor:
        columns = ", ".join(_COLUMNS)
        cursor.execute(f"INSERT INTO {table} ({columns}) {sql}", params)


def _that(purge: Purge, fate: Fate) -> QuerySet[PurgeItem]:
    return purge.items.filter(fate=fate)


def _frozen(purge: Purge) -> dict[str, Fact]:
    return {"recordings": purge.recordings, "sha256": purge.sha256}


def _begin(approval: Approval, now: datetime) -> None:
    rows = Purge.objects.select_for_update(of=("self",), no_key=True)
    purge = rows.get(pk=approval.content["purge"])
    if purge.state != State.REHEARSED:
        raise approvals.NotOpen(_("It was carried out already."))
    agreed = {name: approval.content[name] for name in ("recordings", "sha256")}
    if (
        agreed != _frozen(purge)
        or frozen.sha256(_that(purge, Fate.LISTED)) != purge.sha256
    ):
        raise approvals.Tampered
    purge.state, purge.begun_at = State.RUNNING, now
    purge.save(update_fields=["state", "begun_at"])
    facts = _frozen(purge)
    log.append(Action.PURGE_BEGUN, subject=purge, actor=approval.asked_by, facts=facts)


def _tell(content: Content) -> list[tuple[str, str]]:
    purge = Purge.objects.select_related("team").filter(pk=content["purge"]).first()
    if purge is None:
        return []
    return [
        (_("Calls of"), purge.team.name if purge.team else _("every team")),
        (_("Recordings"), str(content["recordings"])),
        (_("Bytes"), str(purge.bytes)),
        (_("Frozen"), purge.frozen_at.isoformat(timespec="minutes")),
        (_("SHA-256 of the list"), str(content["sha256"]) or DASH),
    ]


PURGE = Kind(
    name=KIND,
    label=gettext_lazy("delete recordings by a list for ever"),
    verb=Verb.PURGE,
    tell=_tell,
    carry_out=_begin,
    of_a_team=True,
    page=lambda content: ("purge", str(content["purge"])),
)
