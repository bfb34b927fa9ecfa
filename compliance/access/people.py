"""Take people in, let them go, and set their passwords."""

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils.translation import gettext as _

from compliance.access import policy, sessions
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person


def enrol(
    *,
    name: str,
    email: str,
    by: Person | None,
    kind: str = Person.Kind.HUMAN,
    password: str | None = None,
    issuer: str = "",
    subject: str = "",
) -> Person:
    """Take somebody in, without a role yet. by: None is the installation itself.

    issuer and subject: which account of which identity provider is his, if one is.
    Raises Refused, or ValidationError for a password that is too weak.
    """
    if by is not None:
        policy.require(by, Verb.GRANT_ROLE)
    person = Person(
        name=name,
        email=email.strip().lower(),
        kind=kind,
        issuer=issuer,
        subject=subject,
    )
    if password:
        validate_password(password, person)
    person.set_password(password or None)
    with transaction.atomic():
        person.save()
    return person


def set_password(*, person: Person, password: str, by: Person) -> None:
    """Give somebody else a new password; it ends the sessions opened with the old.

    Raises Refused, or ValidationError for a password that is too weak.
    """
    policy.require(by, Verb.GRANT_ROLE)
    validate_password(password, person)
    person.set_password(password)
    with transaction.atomic():
        person.save(update_fields=["password"])
        log.append(Action.PASSWORD_SET, subject=person, actor=by)


def tie(*, person: Person, issuer: str, subject: str, by: Person) -> None:
    """Say which account of the identity provider is this person's; '' for none.

    Nobody does it for himself: with another's account he would be another. Raises
    Refused.
    """
    policy.require(by, Verb.GRANT_ROLE)
    if person.pk == by.pk:
        raise Refused(
            verb=Verb.GRANT_ROLE,
            code="oneself",
            reason=_("Nobody ties himself to an account."),
            ask=_("Another administrator can do it."),
            subject=person,
        )
    person.subject = subject
    person.issuer = issuer if subject else ""
    with transaction.atomic():
        person.save(update_fields=["issuer", "subject"])
        log.append(Action.IDENTITY_TIED, subject=person, actor=by)


def mark_break_glass(*, person: Person, is_one: bool, by: Person) -> None:
    """Say whether each sign-in with this account is to raise an alert. Raises Refused."""
    policy.require(by, Verb.GRANT_ROLE)
    person.is_break_glass = is_one
    with transaction.atomic():
        person.save(update_fields=["is_break_glass"])
        log.append(
            Action.BREAK_GLASS_MARKED,
            subject=person,
            actor=by,
            facts={"is_one": is_one},
        )


def set_active(*, person: Person, active: bool, by: Person | None) -> None:
    """Let somebody in again, or shut him out: his sessions end, and none comes back.

    by: None is the directory. Raises Refused; nobody shuts himself out, so that one
    administrator is left.
    """
    if by is not None:
        policy.require(by, Verb.GRANT_ROLE)
    if by is not None and person.pk == by.pk and not active:
        raise Refused(
            verb=Verb.GRANT_ROLE,
            code="oneself",
            reason=_("Nobody shuts himself out."),
            ask=_("Another administrator can do it."),
            subject=person,
        )
    person.is_active = active
    with transaction.atomic():
        person.save(update_fields=["is_active"])
        if not active:
            sessions.end_all(person=person, by=by)
