"""Somebody whom the identity provider has let in: who he is here, and what he may do."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from compliance.access import groups, people
from compliance.access.refusals import Refused
from compliance.access.sso import provider
from compliance.access.sso.claims import Identity
from compliance.access.sso.rejections import Code, Rejected
from compliance.models import Person

NAME_LENGTH = 120


def admit(identity: Identity, *, now: datetime) -> Person:
    """The person of this identity, with the roles of his groups as they are now.

    He is found by issuer and subject, never by e-mail: an address can change hands.
    Who is not known is taken in where the settings say so. Raises Rejected.
    """
    try:
        with transaction.atomic():
            person = _known(identity) or _enrolled(identity)
            _take_over(person, identity)
            groups.follow(person=person, external_ids=identity.groups, now=now)
    except IntegrityError as error:
        # the same person, or address, a moment ago in another tab: once more
        raise Rejected(Code.STATE) from error
    except Refused as refused:
        raise Rejected(Code.APART, _known(identity)) from refused
    return person


def _known(identity: Identity) -> Person | None:
    person = (
        Person.objects.filter(issuer=identity.issuer, subject=identity.subject)
        .select_related("directory_account")
        .first()
    )
    if person and (not person.is_active or person.kind != Person.Kind.HUMAN):
        raise Rejected(Code.INACTIVE, person)
    return person


def _enrolled(identity: Identity) -> Person:
    enrols = provider.client().enrols
    if enrols == "nobody":
        raise Rejected(Code.UNKNOWN)
    if enrols == "mapped" and not groups.known(identity.groups):
        raise Rejected(Code.UNKNOWN)
    _check_email(identity)
    return people.enrol(
        name=(identity.name or identity.email)[:NAME_LENGTH],
        email=identity.email,
        by=None,
        issuer=identity.issuer,
        subject=identity.subject,
    )


def _check_email(identity: Identity) -> None:
    if not identity.email_is_verified:
        raise Rejected(Code.EMAIL_UNVERIFIED)
    try:
        validate_email(identity.email)
    except ValidationError as error:
        raise Rejected(Code.NO_EMAIL) from error
    owner = Person.objects.filter(email__iexact=identity.email).first()
    if owner is not None:
        raise Rejected(Code.EMAIL_TAKEN, owner)


def _take_over(person: Person, identity: Identity) -> None:
    """A new name and address, unless the address is somebody else's here.

    The directory, where there is one, tells them itself.
    """
    if hasattr(person, "directory_account"):
        return
    changed = []
    name = identity.name[:NAME_LENGTH]
    if name and name != person.name:
        person.name = name
        changed.append("name")
    if _is_new_address(person, identity):
        person.email = identity.email
        changed.append("email")
    if changed:
        person.save(update_fields=changed)


def _is_new_address(person: Person, identity: Identity) -> bool:
    if identity.email in {"", person.email}:
        return False
    try:
        _check_email(identity)
    except Rejected:
        return False
    return True
