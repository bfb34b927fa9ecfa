"""Rows as SCIM words them, and what a directory's words mean for a row."""

from collections.abc import Sequence
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from rest_framework.request import Request
from scim2_models import (
    GroupMembership,
    InvalidValueException,
    Meta,
    Reference,
)

from compliance.access.directory.people import Told
from compliance.api.scim.resources import Email, Group, Member, Name, User
from compliance.models import DirectoryAccount, DirectoryGroup

LONGEST = 120
LONGEST_ID = 255
LONGEST_EMAIL = 254
WORK = "work"


def user(account: DirectoryAccount, request: Request) -> User:
    """A person's account; his groups are read from what was prefetched."""
    person = account.person
    return User(
        id=str(account.pk),
        external_id=account.external_id or None,
        user_name=account.user_name,
        name=Name(
            formatted=account.formatted or None,
            given_name=account.given_name or None,
            family_name=account.family_name or None,
        ),
        display_name=account.display_name or None,
        active=account.active,
        emails=[Email(value=person.email, type=WORK, primary=True)],
        groups=[
            GroupMembership(
                value=str(group.directory_group.pk),
                ref=Reference(
                    _location(request, "scim-group", group.directory_group.pk)
                ),
                display=group.name,
                type="direct",
            )
            for group in person.groups.all()
            if _is_told(group)
        ],
        meta=Meta(
            resource_type="User",
            created=account.made_at,
            last_modified=account.changed_at,
            location=_location(request, "scim-user", account.pk),
        ),
    )


def group(
    kept: DirectoryGroup, request: Request, members: Sequence[UUID] | None
) -> Group:
    """A group; members: the ids of their accounts, None where nobody asked."""
    return Group(
        id=str(kept.pk),
        external_id=kept.external_id or None,
        display_name=kept.group.name,
        members=None
        if members is None
        else [
            Member(
                value=str(pk),
                ref=Reference(_location(request, "scim-user", pk)),
                type="User",
            )
            for pk in members
        ],
        meta=Meta(
            resource_type="Group",
            created=kept.made_at,
            last_modified=kept.changed_at,
            location=_location(request, "scim-group", kept.pk),
        ),
    )


def told(said: User, *, before: str = "") -> Told:
    """What a person's representation says. before: his address, if none is said.

    Raises InvalidValueException for what cannot be kept.
    """
    name = said.name or Name()
    user_name = _short("userName", said.user_name, LONGEST_ID)
    email = _email(said) or (user_name if "@" in user_name else before)
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidValueException(detail="emails: an address is needed") from error
    parts = " ".join(part for part in (name.given_name, name.family_name) if part)
    shown = said.display_name or name.formatted or parts or user_name
    return Told(
        user_name=user_name,
        external_id=_short("externalId", said.external_id, LONGEST_ID),
        name=shown.strip()[:LONGEST],
        email=_short("emails", email, LONGEST_EMAIL).lower(),
        display_name=_short("displayName", said.display_name, LONGEST_ID),
        formatted=_short("name.formatted", name.formatted, LONGEST_ID),
        given_name=_short("name.givenName", name.given_name, LONGEST_ID),
        family_name=_short("name.familyName", name.family_name, LONGEST_ID),
        active=said.active,
    )


def account_ids(said: Group) -> set[UUID]:
    """The accounts a group's representation names. Raises InvalidValueException."""
    try:
        return {UUID(member.value or "") for member in said.members or []}
    except ValueError as error:
        raise InvalidValueException(detail="members: no id of a person") from error


def group_name(said: Group) -> str:
    """What a group is called. Raises InvalidValueException."""
    return _short("displayName", said.display_name, LONGEST)


def external_id(said: Group) -> str:
    """What the directory calls a group. Raises InvalidValueException."""
    return _short("externalId", said.external_id, LONGEST_ID)


def _email(said: User) -> str:
    """The primary address, else that of work, else the first; '' for none."""
    known = [one for one in said.emails or [] if one.value]
    best = sorted(known, key=lambda one: (not one.primary, one.type != WORK))
    return str(best[0].value) if best else ""


def _short(attribute: str, text: str | None, most: int) -> str:
    said = (text or "").strip()
    if len(said) > most:
        raise InvalidValueException(detail=f"{attribute}: {most} characters at most")
    return said


def _is_told(group: object) -> bool:
    kept = getattr(group, "directory_group", None)
    return kept is not None and kept.removed_at is None


def _location(request: Request, name: str, pk: UUID) -> str:
    return request.build_absolute_uri(reverse(name, args=[pk]))
