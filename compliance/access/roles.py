"""The roles: a description in plain words, and a list of verbs."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.access.permissions import (
    GIVES_ACCESS,
    OF_OWN_CALLS,
    READS_EVIDENCE,
    Verb,
)


class Role(models.TextChoices):
    """What a grant can give."""

    REVIEWER = "reviewer", _("QA reviewer")
    TEAM_LEAD = "team_lead", _("team lead")
    OFFICER = "officer", _("compliance officer")
    AUDITOR = "auditor", _("auditor")
    ADMINISTRATOR = "administrator", _("administrator")
    SERVICE = "service", _("service")


@dataclass(frozen=True)
class Definition:
    """What a role is for, and what it may do within its scope."""

    description: Promise
    verbs: frozenset[Verb]
    of_own_calls: bool = False
    """Whether it may be given for the calls that somebody took part in himself."""


ROLES: Mapping[Role, Definition] = {
    Role.REVIEWER: Definition(
        _("Hears the calls of a team to judge their quality."),
        frozenset({Verb.VIEW, Verb.LISTEN, Verb.SEE_ALERTS}),
        of_own_calls=True,
    ),
    Role.TEAM_LEAD: Definition(
        _(
            "Hears the calls of a team, labels and lists them, sees how often they were heard."
        ),
        frozenset(
            {
                Verb.VIEW,
                Verb.LISTEN,
                Verb.EMERGENCY_LISTEN,
                Verb.EXPORT,
                Verb.WHO_LISTENED,
                Verb.WHO_HEARD,
                Verb.EDIT_LABEL,
                Verb.PAUSE,
                Verb.SEE_ALERTS,
            }
        ),
        of_own_calls=True,
    ),
    Role.OFFICER: Definition(
        _(
            "Answers for the law: rules, policies, legal holds, searches, copies and quarantine."
        ),
        frozenset(
            {
                Verb.VIEW,
                Verb.LISTEN,
                Verb.EMERGENCY_LISTEN,
                Verb.JUDGE_EMERGENCY,
                Verb.DOWNLOAD,
                Verb.EXPORT,
                Verb.PRODUCE,
                Verb.REVEAL_NUMBER,
                Verb.SEARCH_PERSON,
                Verb.WHO_LISTENED,
                Verb.WHO_HEARD,
                Verb.NAME_LISTENERS,
                Verb.ERASE_GROUND,
                Verb.QUARANTINE,
                Verb.RESTRICT,
                Verb.HEAR_RESTRICTED,
                Verb.EDIT_LABEL,
                Verb.TELL_EVENT,
                Verb.PAUSE,
                Verb.EDIT_RULE,
                Verb.EDIT_LIST,
                Verb.KEEP_CONSENT,
                Verb.EDIT_POLICY,
                Verb.EDIT_NUMBER_LIST,
                Verb.EDIT_LIFECYCLE,
                Verb.PLACE_HOLD,
                Verb.VIEW_HOLD,
                Verb.RELEASE_HOLD,
                Verb.STOP_DELETION,
                Verb.PURGE,
                Verb.CERTIFY,
                Verb.TAKE_INVENTORY,
                Verb.HANDLE_REQUEST,
                Verb.ERASE_SUBJECT,
                Verb.APPROVE,
                Verb.FORWARD_AUDIT,
                Verb.SEE_ALERTS,
                Verb.OPERATE,
                Verb.USE_ADMIN,
            }
        ),
    ),
    Role.AUDITOR: Definition(
        _("Reads the facts of calls and the audit log, changes and hears nothing."),
        frozenset(
            {
                Verb.VIEW,
                Verb.WHO_LISTENED,
                Verb.WHO_HEARD,
                Verb.NAME_LISTENERS,
                Verb.SEE_ALERTS,
                Verb.READ_AUDIT,
                Verb.VERIFY_AUDIT,
                Verb.SEE_ROLES,
                Verb.USE_ADMIN,
            }
        ),
    ),
    Role.ADMINISTRATOR: Definition(
        _("Runs the system: people, teams, trunks, keys, health. Hears nothing."),
        frozenset(
            {
                Verb.EDIT_TEAM,
                Verb.EDIT_TRUNK,
                Verb.TAKE_INVENTORY,
                Verb.JUDGE_EMERGENCY,
                Verb.SEE_ALERTS,
                Verb.OPERATE,
                Verb.SEE_ROLES,
                Verb.GRANT_ROLE,
                Verb.MANAGE_KEYS,
                Verb.FORWARD_AUDIT,
                Verb.APPROVE,
                Verb.USE_ADMIN,
            }
        ),
    ),
    Role.SERVICE: Definition(
        _(
            "A voice agent or back office: reads the plan, reports consent, pauses, labels."
        ),
        frozenset(
            {
                Verb.VIEW,
                Verb.READ_PLAN,
                Verb.REPORT_CONSENT,
                Verb.KEEP_CONSENT,
                Verb.FILE_REQUEST,
                Verb.PAUSE,
                Verb.EDIT_LABEL,
                Verb.TELL_EVENT,
                Verb.EDIT_NUMBER_LIST,
            }
        ),
    ),
}


def verbs_of(role: str) -> frozenset[Verb]:
    """The verbs of a stored role; none for a role this version does not know."""
    definition = ROLES.get(role)  # type: ignore[call-overload]
    return definition.verbs if definition else frozenset()


def verbs_on_own_calls(role: str) -> frozenset[Verb]:
    """What a stored role that was given for own calls allows on those."""
    definition = ROLES.get(role)  # type: ignore[call-overload]
    known = definition is not None and definition.of_own_calls
    return definition.verbs & OF_OWN_CALLS if known else frozenset()


def name_of(role: str) -> str:
    """What people call a stored role; the code itself for one of a later version."""
    return str(Role(role).label) if role in Role.values else role


def roles_with(verb: Verb) -> list[Role]:
    """The roles that hold a verb."""
    return [role for role, definition in ROLES.items() if verb in definition.verbs]


def is_broad(role: str, *, reaches_everything: bool) -> bool:
    """Whether giving it takes a second person: it reaches everything, opens doors to
    others, or reads the evidence."""
    return reaches_everything or bool(verbs_of(role) & (GIVES_ACCESS | READS_EVIDENCE))


def kept_apart(role: str) -> list[Role]:
    """The roles that nobody may hold together with this one.

    The database keeps the same list (migration 0003); a test compares the two.
    """
    held = verbs_of(role)
    return [
        other
        for other, definition in ROLES.items()
        for one, another in ((held, definition.verbs), (definition.verbs, held))
        if one & READS_EVIDENCE and another & GIVES_ACCESS
    ]
