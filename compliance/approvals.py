"""The two-person rule: what one asked for is frozen, decided by another, done once.

This is the paper and its states. Who may ask and who may decide is for
`access.approving`, the only door to it. Kinds of acts are registered when Django
starts, like `custody`.
"""

import hashlib
import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from compliance.audit import log
from compliance.audit.actions import Action
from compliance.audit.facts import Fact
from compliance.canonical import canonical
from compliance.models import Approval, AuditEntry, Person, Team

LIFE = timedelta(days=7)
"""So long an approval may wait, for the second person and then for the act."""

Content = Mapping[str, Any]
"""Opaque ids, codes and figures, by name; nothing else."""
State = Approval.State


@dataclass(frozen=True)
class Kind:
    """An act that takes two people.

    verb: what it takes to ask for it, and to approve it. tell: the content in words,
    each with its name. carry_out: does it, within the transaction it is given.
    concerns: whom it would give something, who therefore cannot approve it. page: the
    name of the page that shows all of it, with the id in its address.
    """

    name: str
    label: Promise
    verb: str
    tell: Callable[[Content], Sequence[tuple[str, str]]]
    carry_out: Callable[[Approval, datetime], None]
    concerns: Callable[[Content], Collection[UUID]] = lambda _content: ()
    of_a_team: bool = False
    page: Callable[[Content], tuple[str, str]] | None = None


class NotOpen(Exception):
    """It is decided, ended or over already; the text says so."""


class Tampered(Exception):
    """What would be carried out is not what was asked for, or not what was approved."""


_kinds: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; called at start-up."""
    _kinds[kind.name] = kind


def kinds() -> list[Kind]:
    """Every kind there is."""
    return list(_kinds.values())


def kind_of(approval: Approval) -> Kind | None:
    """Its kind; None for one of another version, which nobody can carry out here."""
    return _kinds.get(approval.kind)


def digest(*, kind: str, team_id: UUID | None, content: Content) -> str:
    """SHA-256 over the RFC 8785 bytes of what is asked for."""
    team = str(team_id) if team_id else None
    frozen = {"kind": kind, "team": team, "content": dict(content)}
    return hashlib.sha256(canonical(frozen)).hexdigest()


def ask(
    *, kind: Kind, content: Content, team: Team | None, by: Person, now: datetime
) -> Approval:
    """Freeze what is wanted; the same wish, while it is open, is not asked twice.

    content: opaque ids, codes and figures only.
    """
    sweep(now=now)  # what is over makes room
    sha256 = digest(kind=kind.name, team_id=team.pk if team else None, content=content)
    try:
        with transaction.atomic():
            asked = Approval.objects.create(
                kind=kind.name,
                team=team,
                content=dict(content),
                sha256=sha256,
                asked_by=by,
                asked_at=now,
                until=now + LIFE,
            )
            _append(Action.APPROVAL_ASKED, asked, by)
            return asked
    except IntegrityError:
        return Approval.objects.get(
            kind=kind.name, sha256=sha256, state__in=Approval.OPEN
        )


def decide(
    *,
    approval: Approval,
    state: Approval.State,
    by: Person,
    in_place_of: Person | None,
    remark: str,
    now: datetime,
) -> None:
    """Approve or reject. Raises NotOpen, and Tampered where the content was changed."""
    with transaction.atomic():
        current = _locked(approval, (State.ASKED,), now)
        _require_untouched(current)
        current.state, current.remark = state, remark
        current.decided_by, current.decided_for = by, in_place_of
        current.decided_at = now
        if state == State.REJECTED:
            current.ended_at = now
        current.save()
        rejected = state == State.REJECTED
        action = Action.APPROVAL_REJECTED if rejected else Action.APPROVAL_APPROVED
        stood_for = str(in_place_of.pk) if in_place_of else None
        _append(action, current, by, in_place_of=stood_for)


def withdraw(*, approval: Approval, by: Person, now: datetime) -> None:
    """Take back what one asked for, as long as it is not carried out. Raises NotOpen."""
    with transaction.atomic():
        current = _locked(approval, Approval.OPEN, now)
        _end(current, State.WITHDRAWN, now)
        _append(Action.APPROVAL_WITHDRAWN, current, by)


def carry_out(*, approval: Approval, by: Person, now: datetime) -> None:
    """Do what was approved, once: the act and its end are one transaction.

    Raises NotOpen, Tampered, and whatever the act raises; then nothing has happened
    and it stays approved.
    """
    with transaction.atomic():
        current = _locked(approval, (State.APPROVED,), now)
        _require_untouched(current)
        _require_as_approved(current)
        kind = kind_of(current)
        if kind is None:
            raise NotOpen(_("This version does not know how to carry it out."))
        kind.carry_out(current, now)
        _end(current, State.CARRIED_OUT, now)
        _append(Action.APPROVAL_CARRIED_OUT, current, by)


def sweep(*, now: datetime) -> int:
    """End what nobody decided, or nobody carried out, in time; returns how many."""
    over = Approval.objects.filter(state__in=Approval.OPEN, until__lte=now)
    swept = 0
    for pk in over.values_list("pk", flat=True):
        with transaction.atomic():
            current = over.select_for_update().filter(pk=pk).first()
            if current is None:
                continue
            _end(current, State.EXPIRED, now)
            _append(Action.APPROVAL_EXPIRED, current, None)
            swept += 1
    return swept


def _locked(
    approval: Approval, states: Collection[Approval.State], now: datetime
) -> Approval:
    rows = Approval.objects.select_for_update(of=("self",))
    current = rows.select_related("team", "asked_by").get(pk=approval.pk)
    if current.state not in states:
        raise NotOpen(
            _("Somebody was faster: %(state)s.")
            % {"state": current.get_state_display()}
        )
    if current.until <= now:
        raise NotOpen(_("Its time is over: ask for it again."))
    return current


def _require_untouched(approval: Approval) -> None:
    """Raise Tampered unless the hash fits the content."""
    found = digest(
        kind=approval.kind, team_id=approval.team_id, content=approval.content
    )
    if not hmac.compare_digest(found, approval.sha256):
        raise Tampered


def _require_as_approved(approval: Approval) -> None:
    """Raise Tampered unless the audit log says that just this was approved.

    Content and hash in the row could be changed together; the entry carries a MAC. One
    whose key has left the ring raises LookupError: it proves nothing any more.
    """
    entries = AuditEntry.objects.filter(
        object_pk=str(approval.pk),
        object_kind=Approval._meta.label_lower,
        act=Action.APPROVAL_APPROVED,
        actor=approval.decided_by_id,
    )
    for entry in entries:
        if entry.is_authentic() and entry.facts.get("sha256") == approval.sha256:
            return
    raise Tampered


def _end(approval: Approval, state: Approval.State, now: datetime) -> None:
    approval.state, approval.ended_at = state, now
    approval.save(update_fields=["state", "ended_at"])


def _append(
    action: Action, approval: Approval, by: Person | None, **more: Fact
) -> None:
    facts = {"kind": approval.kind, "sha256": approval.sha256, **more}
    log.append(action, subject=approval, facts=facts, actor=by)
