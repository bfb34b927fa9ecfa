"""Two people for what one should not do alone: in code, and in the database."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import (
    IntegrityError,
    InternalError,
    connection,
    connections,
    transaction,
)
from django.db.utils import ProgrammingError
from django.utils import timezone

from compliance import approvals
from compliance.access import (
    approving,
    deputies,
    grants,
    groups,
    people,
    policy,
    role_approvals,
)
from compliance.access.permissions import Verb
from compliance.access.refusals import Hidden, Refused
from compliance.access.roles import Role
from compliance.models import Approval, AuditEntry, Deputy, Person, RoleGrant
from tests.cast import Cast, assemble
from tests.factories.second_person import asked, second

Entries = Callable[..., list[AuditEntry]]
State = Approval.State


@pytest.fixture
def other(cast: Cast) -> Person:
    """The second administrator."""
    return second(Role.ADMINISTRATOR)


def _settle(approval: Approval, by: Person) -> None:
    approving.approve(approval=approval, by=by, now=timezone.now())
    approval.refresh_from_db()
    approving.carry_out(approval=approval, by=by, now=timezone.now())


def _past_the_triggers(sql: str, *values: Any) -> None:
    """As somebody who owns the tables could."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_a_broad_role_takes_two(cast: Cast, other: Person, entries: Entries) -> None:
    approval = asked(cast)
    assert not policy.allows(cast.stranger, Verb.LISTEN)
    _settle(approval, other)

    policy.forget(cast.stranger)
    assert policy.allows(cast.stranger, Verb.LISTEN, cast.sales)
    approval.refresh_from_db()
    assert (approval.state, approval.decided_by) == (State.CARRIED_OUT, other)
    grant = RoleGrant.objects.get(person=cast.stranger)
    assert grant.granted_by == cast.administrator
    acts = ("approval.asked", "approval.approved", "approval.carried_out")
    found = [entries(act=act)[0] for act in acts]
    assert [one.actor_id for one in found] == [
        cast.administrator.pk,
        other.pk,
        other.pk,
    ]
    assert {one.facts["sha256"] for one in found} == {approval.sha256}


@pytest.mark.parametrize(
    ("role", "everything", "broad"),
    [
        (Role.REVIEWER, True, True),
        (Role.REVIEWER, False, False),
        (Role.OFFICER, False, False),
        (Role.AUDITOR, False, True),
        (Role.ADMINISTRATOR, False, True),
    ],
)
def test_which_roles_take_two(
    cast: Cast, other: Person, role: Role, *, everything: bool, broad: bool
) -> None:
    given = role_approvals.give(
        role=role,
        person=cast.stranger,
        team=None if everything else cast.claims,
        by=cast.administrator,
        now=timezone.now(),
    )
    assert isinstance(given, Approval) == broad


def test_one_administrator_alone_gives_it_himself(cast: Cast) -> None:
    given = role_approvals.give(
        role=Role.OFFICER,
        person=cast.stranger,
        by=cast.administrator,
        now=timezone.now(),
    )
    assert isinstance(given, RoleGrant)


def test_there_is_no_way_round_it(cast: Cast, other: Person) -> None:
    with pytest.raises(Refused) as refused:
        grants.grant(
            role=Role.OFFICER,
            person=cast.stranger,
            by=cast.administrator,
            now=timezone.now(),
        )
    assert refused.value.code == "second_person"

    keepers = groups.make(name="Keepers", by=None)
    grants.grant(group=keepers, role=Role.OFFICER, by=None, now=timezone.now())
    with pytest.raises(Refused):
        groups.join(
            group=keepers,
            person=cast.stranger,
            by=cast.administrator,
            now=timezone.now(),
        )
    approval = role_approvals.join(
        group=keepers, person=cast.stranger, by=cast.administrator, now=timezone.now()
    )
    assert isinstance(approval, Approval)
    _settle(approval, other)
    assert list(keepers.members.all()) == [cast.stranger]


def test_nobody_approves_what_he_asked_for(cast: Cast, other: Person) -> None:
    approval = asked(cast)
    with pytest.raises(Refused) as refused:
        approving.approve(approval=approval, by=cast.administrator, now=timezone.now())
    assert refused.value.code == "oneself"
    with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
        Approval.objects.update(
            state=State.APPROVED,
            decided_by=cast.administrator,
            decided_at=timezone.now(),
        )
    with pytest.raises(IntegrityError, match="second_person"), transaction.atomic():
        Approval.objects.update(
            state=State.APPROVED,
            decided_by=other,
            decided_for=cast.administrator,
            decided_at=timezone.now(),
        )


def test_nobody_approves_what_he_gains(cast: Cast, other: Person) -> None:
    third = second(Role.ADMINISTRATOR, "Tilda Third")
    approval = role_approvals.give(
        role=Role.OFFICER, person=other, by=cast.administrator, now=timezone.now()
    )
    assert isinstance(approval, Approval)
    with pytest.raises(Refused):
        approving.approve(approval=approval, by=other, now=timezone.now())
    assert approving.approvers(approval, now=timezone.now()) == [third]


def test_where_nobody_is_left_it_is_said(cast: Cast, other: Person) -> None:
    with pytest.raises(Refused) as refused:
        role_approvals.give(
            role=Role.OFFICER, person=other, by=cast.administrator, now=timezone.now()
        )
    assert refused.value.code == "nobody_left"


@pytest.mark.parametrize("who", ["officer", "auditor", "lead", "stranger"])
def test_others_do_not_approve(cast: Cast, other: Person, who: str) -> None:
    approval = asked(cast)
    person = cast.people[who]
    with pytest.raises(Refused):
        approving.approve(approval=approval, by=person, now=timezone.now())
    with pytest.raises(Hidden):
        approving.require_sight(approval, person, now=timezone.now())


def test_who_set_somebodys_password_is_not_approved_by_him(
    cast: Cast, other: Person
) -> None:
    people.set_password(
        person=other, password="a long enough one 17", by=cast.administrator
    )
    approval = asked(cast)
    assert approving.seat(approval, other, now=timezone.now()) is None
    later = timezone.now() + timedelta(days=31)
    assert approving.seat(approval, other, now=later) == other


@pytest.mark.parametrize("also_the_hash", [False, True])
def test_what_was_changed_is_not_carried_out(
    cast: Cast, other: Person, *, also_the_hash: bool
) -> None:
    approval = asked(cast)
    approving.approve(approval=approval, by=other, now=timezone.now())
    approval.refresh_from_db()
    content = approval.content | {"role": "administrator"}
    sha256 = approvals.digest(kind=approval.kind, team_id=None, content=content)
    _past_the_triggers(
        "UPDATE compliance_approval SET content = content || %s, sha256 = %s",
        '{"role": "administrator"}',
        sha256 if also_the_hash else approval.sha256,
    )

    with pytest.raises(Refused) as refused:
        approving.carry_out(approval=approval, by=other, now=timezone.now())
    assert refused.value.action == "approval.tampered"
    assert not RoleGrant.objects.filter(person=cast.stranger).exists()


def test_an_approval_that_nobody_gave_is_not_carried_out(
    cast: Cast, other: Person
) -> None:
    """Written past the portal by somebody who may write rows, not entries."""
    approval = asked(cast)
    Approval.objects.update(
        state=State.APPROVED, decided_by=other, decided_at=timezone.now()
    )
    with pytest.raises(Refused) as refused:
        approving.carry_out(approval=approval, by=other, now=timezone.now())
    assert refused.value.code == "tampered"


def test_it_is_carried_out_once(cast: Cast, other: Person, entries: Entries) -> None:
    approval = asked(cast)
    _settle(approval, other)
    with pytest.raises(approvals.NotOpen):
        approving.carry_out(approval=approval, by=other, now=timezone.now())
    assert RoleGrant.objects.filter(person=cast.stranger).count() == 1
    assert len(entries(act="approval.carried_out")) == 1


def test_who_asked_must_still_be_allowed(cast: Cast, other: Person) -> None:
    approval = asked(cast)
    approving.approve(approval=approval, by=other, now=timezone.now())
    approval.refresh_from_db()
    cast.administrator.grants.update(valid_until=timezone.now())
    with pytest.raises(Refused):
        approving.carry_out(approval=approval, by=other, now=timezone.now())
    approval.refresh_from_db()
    assert approval.state == State.APPROVED
    assert not RoleGrant.objects.filter(person=cast.stranger).exists()


def test_nothing_is_decided_after_its_time(
    cast: Cast, other: Person, entries: Entries
) -> None:
    approval = asked(cast)
    late = timezone.now() + approvals.LIFE
    with pytest.raises(approvals.NotOpen):
        approving.approve(approval=approval, by=other, now=late)
    assert approving.waiting_for(other, now=late) == []

    approving.approve(approval=approval, by=other, now=timezone.now())
    approval.refresh_from_db()
    with pytest.raises(approvals.NotOpen):
        approving.carry_out(approval=approval, by=other, now=late)
    assert approvals.sweep(now=late) == 1
    approval.refresh_from_db()
    assert approval.state == State.EXPIRED
    assert len(entries(act="approval.expired")) == 1
    assert approvals.sweep(now=late) == 0
    assert isinstance(asked(cast, now=late), Approval)


def test_rejected_and_withdrawn_stay(cast: Cast, other: Person) -> None:
    rejected = asked(cast)
    approving.reject(approval=rejected, by=other, remark="Too much", now=timezone.now())
    withdrawn = asked(cast)
    approving.withdraw(approval=withdrawn, by=cast.administrator, now=timezone.now())
    states = Approval.objects.order_by("asked_at").values_list("state", flat=True)

    assert list(states) == [State.REJECTED, State.WITHDRAWN]
    for approval in (rejected, withdrawn):
        with pytest.raises(approvals.NotOpen):
            approving.approve(approval=approval, by=other, now=timezone.now())
        with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
            Approval.objects.filter(pk=approval.pk).delete()
        with pytest.raises((InternalError, ProgrammingError)), transaction.atomic():
            Approval.objects.filter(pk=approval.pk).update(
                state=State.ASKED, ended_at=None
            )


@pytest.mark.parametrize(
    "change", [{"content": {}}, {"sha256": "0" * 64}, {"until": timezone.now()}]
)
def test_what_is_frozen_is_not_changed(
    cast: Cast, other: Person, change: dict[str, Any]
) -> None:
    asked(cast)
    with (
        pytest.raises((InternalError, ProgrammingError), match="stays as it was"),
        transaction.atomic(),
    ):
        Approval.objects.update(**change)


def test_only_who_asked_withdraws(cast: Cast, other: Person) -> None:
    with pytest.raises(Refused):
        approving.withdraw(approval=asked(cast), by=other, now=timezone.now())


def test_the_same_is_not_asked_twice(cast: Cast, other: Person) -> None:
    assert asked(cast) == asked(cast)


def _lend(who: Person, to: Person) -> Deputy:
    now = timezone.now()
    return deputies.name(
        deputy=to, since=now, until=now + timedelta(days=7), by=who, now=now
    )


def test_a_deputy_approves_in_anothers_place(cast: Cast, other: Person) -> None:
    approval = asked(cast)
    _lend(other, cast.officer)
    assert approving.waiting_for(cast.officer, now=timezone.now()) == [approval]
    _settle(approval, cast.officer)
    approval.refresh_from_db()
    assert (approval.decided_by, approval.decided_for) == (cast.officer, other)

    over = timezone.now() + timedelta(days=8)
    assert deputies.principals(cast.officer, over) == []


def test_a_deputy_of_the_asker_does_not(cast: Cast, other: Person) -> None:
    """He would approve in the name of who asked."""
    asked(cast)
    _lend(cast.administrator, cast.officer)
    assert approving.waiting_for(cast.officer, now=timezone.now()) == []


def test_a_deputy_who_reads_the_log_does_not_give_access(
    cast: Cast, other: Person
) -> None:
    approval = asked(cast)
    with transaction.atomic():
        RoleGrant.objects.create(
            person=cast.officer, role="auditor", scope="everything"
        )
    _lend(other, cast.officer)
    assert approving.seat(approval, cast.officer, now=timezone.now()) is None


def test_what_was_lent_ends(cast: Cast, other: Person, entries: Entries) -> None:
    asked(cast)
    deputy = _lend(other, cast.officer)
    with pytest.raises(Refused):
        deputies.end(deputy=deputy, by=cast.officer, now=timezone.now())
    deputies.end(deputy=deputy, by=other, now=timezone.now())
    assert approving.waiting_for(cast.officer, now=timezone.now()) == []
    assert len(entries(act="deputy.named")) == len(entries(act="deputy.ended")) == 1


@pytest.mark.parametrize("who", ["lead", "auditor", "administrator"])
def test_who_is_no_deputy(cast: Cast, other: Person, who: str) -> None:
    """He must approve something himself, and be somebody else."""
    with pytest.raises(Refused):
        _lend(cast.administrator, cast.people[who])


def test_a_deputy_is_not_for_ever(cast: Cast, other: Person) -> None:
    now = timezone.now()
    with pytest.raises(Refused):
        deputies.name(
            deputy=cast.officer,
            since=now,
            until=now + timedelta(days=32),
            by=other,
            now=now,
        )


def test_it_is_known_where_two_are_missing(cast: Cast) -> None:
    thin = {kind.name: places for kind, places in approving.thin_kinds()}
    assert thin.keys() == {
        "role",
        "group_member",
        "held_deletion",
        "hold_release",
        "number_list",
        "orphan_deletion",
        "policy",
        "production",
        "purge",
        "request_plan",
        "sealed_listen",
    }
    second(Role.ADMINISTRATOR)
    second(Role.OFFICER, "Otto Officer")
    assert approving.thin_kinds() == []


@pytest.mark.django_db(transaction=True)
def test_two_at_once_carry_it_out_once() -> None:
    cast = assemble()
    other = second(Role.ADMINISTRATOR)
    approval = asked(cast)
    approving.approve(approval=approval, by=other, now=timezone.now())
    approval.refresh_from_db()

    def carry_out(_n: int) -> str:
        try:
            approving.carry_out(approval=approval, by=other, now=timezone.now())
        except approvals.NotOpen:
            return "late"
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(4) as pool:
        said = sorted(pool.map(carry_out, range(4)))
    assert said == ["done", "late", "late", "late"]
    assert RoleGrant.objects.filter(person=cast.stranger).count() == 1
