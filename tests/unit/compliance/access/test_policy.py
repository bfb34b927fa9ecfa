"""One policy answers 'may I?' and 'which ones?', from the same grants."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from compliance.access import grants, policy
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.access.roles import ROLES, Role
from compliance.models import Person, Team
from tests.cast import Cast
from tests.factories.compliance import TeamFactory


def _fresh(person: Person) -> Person:
    """As the next request would load him."""
    return Person.objects.get(pk=person.pk)


def test_without_a_grant_nothing_is_allowed(cast: Cast) -> None:
    for verb in Verb:
        assert not policy.allows(cast.stranger, verb)
        assert not policy.allows(cast.stranger, verb, cast.claims)
        assert policy.scope_for(cast.stranger, verb).is_empty


def test_nobody_in_particular_may_nothing(cast: Cast) -> None:
    assert not policy.allows(AnonymousUser(), Verb.VIEW, cast.claims)


def test_a_team_role_ends_at_the_team(cast: Cast) -> None:
    assert policy.allows(cast.reviewer, Verb.LISTEN, cast.claims)
    assert not policy.allows(cast.reviewer, Verb.LISTEN, cast.sales)


def test_a_region_role_reaches_its_teams_also_new_ones(cast: Cast) -> None:
    new_team = TeamFactory.create(region=cast.south)

    assert policy.allows(cast.south_reviewer, Verb.LISTEN, cast.sales)
    assert policy.allows(cast.south_reviewer, Verb.LISTEN, new_team)
    assert not policy.allows(cast.south_reviewer, Verb.LISTEN, cast.claims)


@pytest.mark.parametrize("silent", ["auditor", "administrator", "service"])
def test_who_runs_or_audits_hears_nothing(cast: Cast, silent: str) -> None:
    person = cast.people[silent]

    assert not policy.allows(person, Verb.LISTEN)
    assert not policy.allows(person, Verb.DOWNLOAD)


def test_the_administrator_sees_no_calls(cast: Cast) -> None:
    assert not policy.allows(cast.administrator, Verb.VIEW)


def test_nobody_both_reads_and_runs_the_system() -> None:
    for definition in ROLES.values():
        assert not {Verb.READ_AUDIT, Verb.GRANT_ROLE} <= definition.verbs


def test_an_inactive_person_may_nothing(cast: Cast) -> None:
    Person.objects.filter(pk=cast.officer.pk).update(is_active=False)

    assert not policy.allows(_fresh(cast.officer), Verb.LISTEN)


def test_a_grant_counts_only_in_its_time(cast: Cast) -> None:
    now = timezone.now()
    for start, end, counts in [
        (now - timedelta(days=2), now - timedelta(days=1), False),
        (now + timedelta(days=1), None, False),
        (now - timedelta(days=1), now + timedelta(days=1), True),
    ]:
        grants.grant(
            person=cast.stranger,
            role=Role.REVIEWER,
            by=None,
            now=start,
            team=cast.claims,
            until=end,
        )
        assert policy.allows(cast.stranger, Verb.LISTEN, cast.claims) is counts


def test_what_belongs_to_no_team_needs_the_whole(cast: Cast) -> None:
    class Organisation:
        team_id = None

    assert policy.allows(cast.officer, Verb.OPERATE, Organisation())
    assert not policy.allows(cast.lead, Verb.VIEW, Organisation())


def test_an_organisation_wide_verb_asks_for_the_whole(cast: Cast) -> None:
    grants.grant(
        person=cast.stranger,
        role=Role.OFFICER,
        by=None,
        now=timezone.now(),
        team=cast.claims,
    )

    assert policy.allows(cast.stranger, Verb.EDIT_POLICY, cast.claims)
    assert not policy.allows(cast.stranger, Verb.EDIT_RULE)
    assert policy.allows(cast.officer, Verb.EDIT_RULE)


def test_the_list_and_the_row_agree(cast: Cast) -> None:
    for person in cast.people.values():
        for verb in Verb:
            listed = set(
                policy.scope_for(person, verb).narrow(Team.objects.all(), "id")
            )
            allowed = {
                team
                for team in (cast.claims, cast.sales)
                if policy.allows(person, verb, team)
            }
            assert listed == allowed, (person.name, verb)


def test_a_request_reads_its_grants_once(
    cast: Cast, django_assert_num_queries: pytest.FixtureRequest
) -> None:
    person = _fresh(cast.reviewer)

    with django_assert_num_queries(1):  # type: ignore[operator]
        for verb in Verb:
            policy.allows(person, verb, cast.claims)
            policy.scope_for(person, verb)


def test_a_refusal_says_why_and_whom_to_ask(cast: Cast) -> None:
    with pytest.raises(Refused) as no_role:
        policy.require(cast.stranger, Verb.LISTEN, cast.claims)
    with pytest.raises(Refused) as elsewhere:
        policy.require(cast.reviewer, Verb.LISTEN, cast.sales)

    assert no_role.value.code == "no_role"
    assert elsewhere.value.code == "outside_scope"
    assert "Ada Administrator" in elsewhere.value.ask
    assert elsewhere.value.reason == "Your roles do not reach this team."


def test_where_nobody_can_help_it_says_so(cast: Cast) -> None:
    Person.objects.filter(pk=cast.administrator.pk).update(is_active=False)

    assert "who runs this portal" in policy.whom_to_ask()


def test_an_unknown_role_gives_nothing(cast: Cast) -> None:
    cast.stranger.grants.create(role="from_a_later_version", scope="everything")

    assert not policy.allows(_fresh(cast.stranger), Verb.VIEW)
