"""What the directory may tell of people and groups, and what it may not.

scim2-models knows the protocol: schemas, filters, paths and patches. The resources here
have just the attributes that are kept; anything else a directory sends is dropped.
"""

from typing import Annotated, Any

from pydantic import Field
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    External,
    Filter,
    GroupMembership,
    Mutability,
    Pagination,
    Patch,
    Reference,
    Required,
    Resource,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

MOST = 200
"""So many people or groups are listed in one answer."""
USUAL = 100


class Email(ComplexAttribute):
    """An address. The library's own refuses domains that only exist inside a house."""

    value: str | None = None
    """The address."""

    type: str | None = Field(None, examples=["work"])
    """Always of work."""

    primary: bool | None = None
    """Always so: one address is kept."""


class Name(ComplexAttribute):
    """The parts of a name that are kept."""

    formatted: str | None = None
    """The whole name."""

    given_name: str | None = None
    """The first name."""

    family_name: str | None = None
    """The last name."""


class Member(ComplexAttribute):
    """A person in a group. What he is called is asked of him."""

    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    """The id of the person."""

    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    """Where he is found."""

    type: Annotated[str | None, Mutability.immutable] = Field(None, examples=["User"])
    """Always a person."""


class User(Resource[Any]):
    """A person: who he is, and whether he may come in. His roles are given here."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    """What the directory calls the account. Case does not count."""

    name: Name | None = None
    """The parts of the name; givenName and familyName are kept."""

    display_name: str | None = None
    """The name that is shown."""

    active: bool | None = None
    """Whether this person may come in."""

    emails: list[Email] | None = None
    """One address is kept: the primary one, else that of work, else the first."""

    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None
    """The groups of the directory that he is in."""


class Group(Resource[Any]):
    """A group of people. Which roles it has is said here, never by the directory."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    """What it is called."""

    members: list[Member] | None = None
    """People; groups in groups are not kept."""


CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MOST),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=False),
    pagination=Pagination(
        cursor=False,
        index=True,
        default_pagination_method=Pagination.DefaultPaginationMethod.index,
        default_page_size=USUAL,
        max_page_size=MOST,
    ),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="Bearer token",
            description="Authorization: Bearer earwitness_scim_PREFIX_SECRET",
            spec_uri=Reference[External]("https://www.rfc-editor.org/rfc/rfc6750"),
            primary=True,
        )
    ],
)
"""What this service can do, as `/ServiceProviderConfig` tells it."""

PROVIDER = ScimProvider(
    models=[User, Group],
    config=CONFIG,
    # Entra ID sends attributes nobody asked for, removes members by value, and patches
    # addresses that are not there yet
    policy=ScimPolicy(
        unknown=ScimPolicy.Unknown.ignore,
        remove_value_as_filter=ScimPolicy.RemoveValue.apply,
        unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
    ),
)
