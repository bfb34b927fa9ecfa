"""A role for own calls: what it reaches, and whose calls are whose."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, connection, transaction

from compliance.access import grants, groups, policy, role_approvals, staff
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.access.roles import ROLES, Role, verbs_on_own_calls
from compliance.models import AuditEntry, Person, RoleGrant, StaffIdentity, Team
from compliance.models.staff_identity import staff_mark
from recordings.models import Call
from tests.cast import Cast
from tests.factories.recordings import CallFactory

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
WHO = "agent-stan@example.org"


@pytest.fixture
def stan(cast: Cast) -> Person:
    """Takes part in calls of any team, and may hear those."""
    grants.grant(
        person=cast.stranger, role=Role.REVIEWER, by=None, now=NOW, is_own=True
    )
    _known_as(cast, WHO)
    return cast.stranger


def _known_as(cast: Cast, *identities: str) -> None:
    staff.say(
        person=cast.stranger, identities=identities, by=cast.administrator, now=NOW
    )


def _call(team: Team, *with_staff: str) -> Call:
    marks = [staff_mark(identity) for identity in with_staff]
    return CallFactory.create(team=team, staff=marks)


def _anew(person: Person) -> Person:
    """As the next request has him."""
    return Person.objects.get(pk=person.pk)


def test_his_own_calls_of_any_team_and_no_others(cast: Cast, stan: Person) -> None:
    own, other = _call(cast.sales, "agent-x", WHO), _call(cast.sales, "agent-x")

    for verb in (Verb.VIEW, Verb.LISTEN):
        assert policy.allows(stan, verb, own)
        assert not policy.allows(stan, verb, other)
    scope = policy.scope_for(stan, Verb.VIEW)
    assert list(scope.narrow(Call.objects.all(), staff="staff")) == [own]


def test_what_does_not_say_who_took_part_is_nobodys_own(
    cast: Cast, stan: Person
) -> None:
    _call(cast.sales, WHO)
    scope = policy.scope_for(stan, Verb.VIEW)

    assert not policy.allows(stan, Verb.VIEW, cast.sales)
    assert not scope.narrow(Call.objects.all()).exists()
    assert not scope.narrow(Team.objects.all(), "id").exists()


def test_it_gives_only_what_is_about_a_call(cast: Cast, stan: Person) -> None:
    assert not policy.allows(stan, Verb.SEE_ALERTS)
    grants.grant(person=stan, role=Role.TEAM_LEAD, by=None, now=NOW, is_own=True)

    assert policy.allows(stan, Verb.EXPORT)
    assert not policy.allows(stan, Verb.EMERGENCY_LISTEN)


def test_through_a_group_each_member_reaches_his_own(cast: Cast) -> None:
    group = groups.make(name="Telephone", by=None)
    grants.grant(group=group, role=Role.REVIEWER, by=None, now=NOW, is_own=True)
    for person, identity in ((cast.stranger, WHO), (cast.auditor, "other")):
        groups.join(group=group, person=person, by=None, now=NOW)
        staff.say(person=person, identities=[identity], by=cast.administrator, now=NOW)
    own = _call(cast.sales, WHO)

    assert policy.allows(_anew(cast.stranger), Verb.LISTEN, own)
    assert not policy.allows(_anew(cast.auditor), Verb.LISTEN, own)


def test_beside_a_team_it_adds_to_it(cast: Cast, stan: Person) -> None:
    grants.grant(person=stan, role=Role.REVIEWER, by=None, now=NOW, team=cast.claims)
    shown = {_call(cast.claims), _call(cast.sales, WHO)}
    _call(cast.sales)

    scope = policy.scope_for(stan, Verb.VIEW)
    assert set(scope.narrow(Call.objects.all(), staff="staff")) == shown


def test_who_loses_the_identity_loses_the_calls_at_once(
    cast: Cast, stan: Person
) -> None:
    own = _call(cast.sales, WHO)
    assert policy.allows(stan, Verb.LISTEN, own)

    _known_as(cast)

    assert not policy.allows(_anew(stan), Verb.LISTEN, own)
    assert policy.scope_for(_anew(stan), Verb.VIEW).is_empty


def test_who_gets_one_later_reaches_the_earlier_calls(cast: Cast, stan: Person) -> None:
    earlier = _call(cast.sales, "agent-second")
    assert not policy.allows(stan, Verb.LISTEN, earlier)

    _known_as(cast, WHO, "agent-second")

    assert policy.allows(_anew(stan), Verb.LISTEN, earlier)


def test_an_identity_never_becomes_another_s(cast: Cast, stan: Person) -> None:
    """Else whoever takes the place would hear what the one before him said."""
    _known_as(cast)
    with pytest.raises(Refused) as refused:
        staff.say(person=cast.lead, identities=[WHO], by=cast.administrator, now=NOW)
    assert refused.value.code == "identity_of_another"

    _known_as(cast, WHO)
    assert StaffIdentity.objects.count() == 1


def test_nobody_says_it_of_himself(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        staff.say(
            person=cast.administrator,
            identities=[WHO],
            by=cast.administrator,
            now=NOW,
        )
    assert refused.value.code == "oneself"
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffIdentity.objects.create(
            person=cast.lead, given_by=cast.lead, identity=WHO, lookup=staff_mark(WHO)
        )


def test_nor_without_giving_out_roles(cast: Cast) -> None:
    with pytest.raises(Refused):
        staff.say(person=cast.stranger, identities=[WHO], by=cast.officer, now=NOW)


def test_it_is_sealed_and_found_under_an_older_key(
    cast: Cast, stan: Person, settings: LazySettings
) -> None:
    own = _call(cast.sales, WHO)
    rings = settings.KEY_RINGS
    fresh = "n2:" + "A" * 43 + "="
    settings.KEY_RINGS = {
        **rings,
        "number_lookup": [fresh, *rings["number_lookup"]],
    }

    assert policy.allows(_anew(stan), Verb.VIEW, own)
    with connection.cursor() as cursor:
        cursor.execute("SELECT identity FROM compliance_staffidentity")
        assert WHO not in cursor.fetchone()[0]


def test_both_are_entries_without_the_identity(
    cast: Cast, stan: Person, entries: Callable[..., list[AuditEntry]]
) -> None:
    _known_as(cast)
    told = entries(act="person.staff_identity_given")
    told += entries(act="person.staff_identity_ended")

    assert [entry.actor_id for entry in told] == [cast.administrator.pk] * 2
    assert WHO not in str([entry.signed_content() for entry in told])


@pytest.mark.parametrize(
    "role", [role for role in Role if not verbs_on_own_calls(role)]
)
def test_other_roles_are_not_for_own_calls(cast: Cast, role: Role) -> None:
    """Nor by the road of a second person, who would read 'everything'."""
    with pytest.raises(Refused) as refused:
        role_approvals.give(
            person=cast.stranger,
            role=role,
            by=cast.administrator,
            now=NOW,
            is_own=True,
        )
    assert refused.value.code == "not_of_own_calls"
    with pytest.raises(IntegrityError), transaction.atomic():
        RoleGrant.objects.create(person=cast.stranger, role=role, scope="own")


def test_the_database_knows_the_roles_that_are() -> None:
    """The constraint names them; whoever adds one changes it too."""
    (constraint,) = [
        one
        for one in RoleGrant._meta.constraints
        if one.name == "role_grant_own_calls_are_heard"
    ]
    named = [role.value for role in Role if ROLES[role].of_own_calls]
    assert str(tuple(named)) in str(constraint)


def test_a_service_takes_part_in_nothing(cast: Cast) -> None:
    for act in (
        lambda: grants.grant(
            person=cast.service, role=Role.REVIEWER, by=None, now=NOW, is_own=True
        ),
        lambda: staff.say(
            person=cast.service, identities=[WHO], by=cast.administrator, now=NOW
        ),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "not_of_own_calls"


def test_a_limit_of_teams_leaves_nothing_own(cast: Cast, stan: Person) -> None:
    policy.confine(stan, verbs=None, team_ids=[cast.sales.pk])

    assert not policy.allows(stan, Verb.VIEW, _call(cast.sales, WHO))


def test_a_refusal_says_that_the_role_is_for_own_calls(
    cast: Cast, stan: Person
) -> None:
    with pytest.raises(Refused) as refused:
        policy.require(stan, Verb.LISTEN, _call(cast.sales))

    assert refused.value.code == "outside_scope"
    assert "took part" in str(refused.value.reason)
