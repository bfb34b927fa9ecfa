"""When a role was used last is read from the audit log, within scope and time."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from compliance.access import grants, groups, usage
from compliance.access.permissions import Verb
from compliance.access.roles import Role
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person, RoleGrant, Team
from tests.cast import Cast


def _label(person: Person, team: Team) -> None:
    with transaction.atomic():
        facts = {"labels": "ticket"}
        log.append(Action.CALL_LABELLED, subject=team, facts=facts, actor=person)


def _used(grant: RoleGrant) -> bool:
    return grant.pk in usage.last_used([grant])


def test_an_act_of_the_role_counts(cast: Cast) -> None:
    grant = cast.lead.grants.get()
    assert not _used(grant)
    _label(cast.lead, cast.claims)

    at = usage.last_used([grant])[grant.pk]
    assert timezone.now() - at < timedelta(minutes=1)


def test_an_act_elsewhere_or_of_another_role_does_not(cast: Cast) -> None:
    _label(cast.lead, cast.sales)
    _label(cast.reviewer, cast.claims)
    _label(cast.officer, cast.claims)

    assert not _used(cast.lead.grants.get())
    assert not _used(cast.reviewer.grants.get())
    assert _used(cast.officer.grants.get())


def test_an_act_before_the_role_began_does_not(cast: Cast) -> None:
    _label(cast.lead, cast.claims)
    cast.lead.grants.update(valid_from=timezone.now())

    assert not _used(cast.lead.grants.get())


def test_what_members_do_counts_for_the_group(cast: Cast) -> None:
    now = timezone.now()
    group = groups.make(name="Leads", by=None)
    groups.join(group=group, person=cast.stranger, by=None, now=now)
    grant = grants.grant(
        group=group, role=Role.TEAM_LEAD, region=cast.north, by=None, now=now
    )
    assert not _used(grant)
    _label(cast.stranger, cast.claims)
    assert _used(grant)


def test_every_verb_that_leaves_entries_is_known() -> None:
    """Verbs without an act of their own: looking, what edits tell as diffs, and a request
    that a service hands in, which is entered as everybody's is."""
    quiet = {
        Verb.VIEW,
        Verb.READ_PLAN,
        Verb.USE_ADMIN,
        Verb.EDIT_TEAM,
        Verb.FILE_REQUEST,
    }
    assert set(Verb) - set(usage.NEEDED.values()) == quiet
