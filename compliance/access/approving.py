"""Who may ask for an act that takes two, who may approve it, and what follows.

An approver holds `approve` and the verb of the act itself, both reaching the team, or
stands in for somebody who does (`deputies`). Never: who asked, whom it would give
something, and whose account the asker has opened a door to of late.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from compliance import approvals
from compliance.access import deputies, policy
from compliance.access.permissions import GIVES_ACCESS, Verb
from compliance.access.refusals import Hidden, Refused
from compliance.approvals import Content, Kind
from compliance.audit.actions import Action
from compliance.models import Approval, AuditEntry, Person, Team

FEWEST = 2
"""So many possible people make the rule work."""
DOOR_IS_NEW = timedelta(days=30)
"""So long somebody who set a password or tied an account could still come in by it."""
_DOORS = (Action.PASSWORD_SET, Action.IDENTITY_TIED)
State = Approval.State


def possible(verb: Verb, team: Team | None) -> QuerySet[Person]:
    """The people whose own roles let them approve such an act of this team now.

    team: None is an act that touches everybody.
    """
    may_act = policy.holders(verb, team).order_by().values("pk")
    return policy.holders(Verb.APPROVE, team).filter(pk__in=may_act)


def needed(verb: Verb, team: Team | None, *, by: Person) -> bool:
    """Whether such an act takes a second person: whether there is one."""
    return possible(verb, team).exclude(pk=by.pk).exists()


def refuse_alone(
    verb: Verb,
    team: Team | None,
    *,
    kind: str,
    by: Person,
    approved: Approval | None,
) -> None:
    """Raise Refused where one person is about to do alone what takes two.

    approved: what a second person agreed to, while it is carried out.
    """
    agreed = approved and approved.kind == kind and approved.state == State.APPROVED
    if agreed or not needed(verb, team, by=by):
        return
    raise Refused(
        verb=verb,
        code="second_person",
        reason=_("A second person must approve this."),
        ask=_("Ask for it on its own page: the others are told."),
        subject=team,
    )


def ask(
    *, kind: Kind, content: Content, by: Person, now: datetime, team: Team | None = None
) -> Approval:
    """Freeze what is wanted and tell who may approve it.

    What is asked for already is not asked twice. Raises Refused, also where nobody is
    left who could approve it.
    """
    verb = Verb(kind.verb)
    policy.require(by, verb, team)
    barred = {by.pk, *kind.concerns(content)}
    if not possible(verb, team).exclude(pk__in=barred).exists():
        raise Refused(
            verb=verb,
            code="nobody_left",
            reason=_("Nobody is left who could approve this."),
            ask=_("It takes somebody who neither asks for it nor gains by it."),
            subject=team,
        )
    return approvals.ask(kind=kind, content=content, team=team, by=by, now=now)


def approve(*, approval: Approval, by: Person, now: datetime, remark: str = "") -> None:
    """Agree to it; carrying it out is a step of its own. Raises Refused, NotOpen."""
    _decide(approval, State.APPROVED, by, remark, now)


def reject(*, approval: Approval, by: Person, now: datetime, remark: str) -> None:
    """Say no, with a remark. Raises Refused, NotOpen."""
    _decide(approval, State.REJECTED, by, remark, now)


def withdraw(*, approval: Approval, by: Person, now: datetime) -> None:
    """Take back what one asked for oneself. Raises Refused, NotOpen."""
    if approval.asked_by_id != by.pk:
        raise Refused(
            verb=Verb.APPROVE,
            code="not_asker",
            reason=_("Only who asked for it withdraws it."),
            subject=approval,
        )
    approvals.withdraw(approval=approval, by=by, now=now)


def carry_out(*, approval: Approval, by: Person, now: datetime) -> None:
    """Do what was approved; who asked for it must still be allowed to.

    by: who asked, who decided, or who could have. Raises Refused, also where it is not
    what was approved, and NotOpen.
    """
    policy.require(by, Verb.APPROVE)
    if by.pk not in {approval.asked_by_id, approval.decided_by_id}:
        _require_seat(approval, by, now)
    _require_asker(approval)
    with _unharmed(approval):
        approvals.carry_out(approval=approval, by=by, now=now)


def seat(approval: Approval, person: Person, *, now: datetime) -> Person | None:
    """In whose place this person may decide about it: his own, another's, or None."""
    kind = approvals.kind_of(approval)
    if kind is None:
        return None
    barred = {approval.asked_by_id, *kind.concerns(approval.content)}
    if person.pk in barred:
        return None
    found = _holder(approval, kind, person, barred, now)
    if found and _was_let_in(person, approval.asked_by_id, now):
        return None
    return found


def approvers(approval: Approval, *, now: datetime) -> list[Person]:
    """Everybody who may decide about it now, deputies too."""
    kind = approvals.kind_of(approval)
    if kind is None:
        return []
    holders = list(possible(Verb(kind.verb), approval.team))
    people = {one.pk: one for one in [*holders, *deputies.standing_for(holders, now)]}
    return [one for one in people.values() if seat(approval, one, now=now)]


def waiting_for(person: Person, *, now: datetime) -> list[Approval]:
    """What this person may decide about, the oldest first."""
    rows = Approval.objects.filter(state=State.ASKED, until__gt=now)
    rows = rows.exclude(asked_by=person).select_related("team", "asked_by")
    return [one for one in rows.order_by("asked_at") if seat(one, person, now=now)]


def seen_by(person: Person) -> QuerySet[Approval]:
    """What he asked, what he decided, and what is of a kind and team of his."""
    found = Approval.objects.filter(
        Q(asked_by=person) | Q(decided_by=person) | Q(decided_for=person)
    )
    for kind in approvals.kinds():
        scope = policy.scope_for(person, Verb(kind.verb))
        found |= scope.narrow(Approval.objects.filter(kind=kind.name))
    return found


def require_sight(approval: Approval, person: Person, *, now: datetime) -> None:
    """Raise Hidden, a 404, for one that is no matter of this person."""
    mine = seen_by(person).filter(pk=approval.pk).exists()
    if not mine and seat(approval, person, now=now) is None:
        raise Hidden(policy.refusal(person, Verb.APPROVE, approval))


def thin_kinds() -> list[tuple[Kind, int]]:
    """Kinds with too few possible people, and for how many teams that is so."""
    teams = list(Team.objects.all())
    found = []
    for kind in approvals.kinds():
        places: list[Team | None] = [*teams] if kind.of_a_team else [None]
        verb = Verb(kind.verb)
        thin = sum(possible(verb, one)[:FEWEST].count() < FEWEST for one in places)
        found += [(kind, thin)] if thin else []
    return found


def _decide(
    approval: Approval, state: Approval.State, by: Person, remark: str, now: datetime
) -> None:
    policy.require(by, Verb.APPROVE)
    place = _require_seat(approval, by, now)
    with _unharmed(approval):
        approvals.decide(
            approval=approval,
            state=state,
            by=by,
            in_place_of=None if place == by else place,
            remark=remark,
            now=now,
        )


def _require_seat(approval: Approval, by: Person, now: datetime) -> Person:
    place = seat(approval, by, now=now)
    if place is not None:
        return place
    own = approval.asked_by_id == by.pk
    raise Refused(
        verb=Verb.APPROVE,
        code="oneself" if own else "not_approver",
        reason=_("Nobody approves what he asked for.")
        if own
        else _("This is not yours to approve."),
        ask=_("A second person decides about it."),
        subject=approval,
    )


def _require_asker(approval: Approval) -> None:
    """Whoever asked may have left, or lost the role, since."""
    kind = approvals.kind_of(approval)
    asker = Person.objects.get(pk=approval.asked_by_id)
    if kind is None or policy.allows(asker, Verb(kind.verb), approval.team):
        return
    raise Refused(
        verb=Verb.APPROVE,
        code="asker",
        reason=_("Who asked for it may not do it any more."),
        ask=_("Somebody who may do it has to ask for it anew."),
        subject=approval,
    )


def _holder(
    approval: Approval, kind: Kind, person: Person, barred: set[UUID], now: datetime
) -> Person | None:
    if _reaches(person, kind, approval):
        return person
    verb = Verb(kind.verb)
    reads = not policy.scope_for(person, Verb.READ_AUDIT).is_empty
    if (verb in GIVES_ACCESS and reads) or not policy.allows(person, Verb.APPROVE):
        return None
    for other in deputies.principals(person, now):
        if other.pk not in barred and _reaches(other, kind, approval):
            return other
    return None


def _reaches(person: Person, kind: Kind, approval: Approval) -> bool:
    verbs = (Verb.APPROVE, Verb(kind.verb))
    scopes = [policy.scope_for(person, verb) for verb in verbs]
    return all(scope.covers(approval.team_id) for scope in scopes)


def _was_let_in(person: Person, asker_id: UUID, now: datetime) -> bool:
    """Whether the asker could sit at this person's desk: he made the way in."""
    doors = AuditEntry.objects.filter(
        object_pk=str(person.pk),
        object_kind=Person._meta.label_lower,
        timestamp__gt=now - DOOR_IS_NEW,
        act__in=_DOORS,
        actor=asker_id,
    )
    return bool(doors.exists())


@contextmanager
def _unharmed(approval: Approval) -> Iterator[None]:
    try:
        yield
    except (approvals.Tampered, LookupError) as error:
        raise Refused(
            verb=Verb.APPROVE,
            code="tampered",
            reason=_("This is not what was asked for, or not what was approved."),
            ask=_("It was changed past the portal: show it to your auditor."),
            subject=approval,
            action=Action.APPROVAL_TAMPERED,
            facts={"kind": approval.kind},
        ) from error
