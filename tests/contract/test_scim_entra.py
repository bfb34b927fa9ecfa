"""What Microsoft Entra ID sends, letter for letter as its documentation shows it.

https://learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups
with the older operations (`Add`, `Replace`, `"False"`) that tenants without the flag
`aadOptscim062020` still send.
"""

from typing import Any
from uuid import UUID, uuid4

import pytest

from compliance.access.sso import arrivals
from compliance.access.sso.claims import Identity
from compliance.models import DirectoryGroup, Person
from tests.directory import GROUP, ISSUER, USER, Directory

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OID = "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef"
CREATE = {
    "schemas": [USER, ENTERPRISE],
    "externalId": OID,
    "userName": "Test_User_ab6490ee@contoso.example",
    "active": True,
    "displayName": "Test User",
    "emails": [
        {
            "primary": True,
            "type": "work",
            "value": "Test_User_fd0ea19b@contoso.example",
        }
    ],
    "meta": {"resourceType": "User"},
    "name": {
        "formatted": "givenName familyName",
        "familyName": "familyName",
        "givenName": "givenName",
    },
    "title": "Reviewer",
    "preferredLanguage": "de-DE",
    "phoneNumbers": [{"primary": True, "type": "work", "value": "+49 30 1234"}],
    "roles": [{"primary": True, "value": "Administrator"}],
    ENTERPRISE: {"department": "Claims", "employeeNumber": "4711"},
}


@pytest.fixture
def user(directory: Directory) -> str:
    """The id of the person that Entra ID has made."""
    answer = directory.post("Users", CREATE)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def test_the_connection_is_tried_with_a_name_that_nobody_has(
    directory: Directory,
) -> None:
    answer = directory.get("Users", filter=f'userName eq "{uuid4()}"')

    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/scim+json")
    assert answer.json()["totalResults"] == 0
    assert answer.json()["Resources"] == []


def test_somebody_is_made_and_found(directory: Directory, user: str) -> None:
    by_name = 'userName eq "test_user_ab6490ee@contoso.example"'
    (found,) = directory.get("Users", filter=by_name).json()["Resources"]

    assert found["id"] == user
    assert found["externalId"] == OID
    assert found["active"] is True
    assert found["meta"]["location"].endswith(f"/scim/v2/Users/{user}")
    assert found["name"] == CREATE["name"]
    assert "title" not in found
    assert "roles" not in found
    assert ENTERPRISE not in found


def test_what_it_says_of_roles_gives_none(user: str) -> None:
    person = Person.objects.get(directory_account=UUID(user))

    assert not person.grants.exists()


def test_his_first_login_finds_him_by_the_object_id(user: str) -> None:
    person = Person.objects.get(directory_account=UUID(user))
    identity = Identity(
        issuer=ISSUER,
        subject=OID,
        name="Somebody Else",
        email="another@contoso.example",
        email_is_verified=True,
        groups=frozenset(),
    )
    admitted = arrivals.admit(identity, now=person.created_at)

    assert admitted == person
    # the directory tells his name and his address, his token does not
    assert (admitted.name, admitted.email) == (
        "Test User",
        "test_user_fd0ea19b@contoso.example",
    )


@pytest.mark.parametrize(
    ("operations", "wanted"),
    [
        (
            [
                {
                    "op": "Replace",
                    "path": 'emails[type eq "work"].value',
                    "value": "updatedEmail@contoso.example",
                },
                {"op": "Replace", "path": "name.familyName", "value": "updated"},
            ],
            {"email": "updatedemail@contoso.example", "family": "updated"},
        ),
        (
            [
                {
                    "op": "Add",
                    "path": 'emails[type eq "work"].value',
                    "value": "added@contoso.example",
                }
            ],
            {"email": "added@contoso.example"},
        ),
        (
            [
                {
                    "op": "replace",
                    "value": {
                        "displayName": "Pvlo",
                        'emails[type eq "work"].value': "tyisha@contoso.example",
                        "name.familyName": "Ida",
                        f"{ENTERPRISE}:employeeNumber": "8000",
                    },
                }
            ],
            {"email": "tyisha@contoso.example", "family": "Ida", "name": "Pvlo"},
        ),
        (
            [
                {"op": "Replace", "path": "displayName", "value": "Zoe"},
                {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": "2611-8915"},
                {"op": "Add", "path": 'roles[primary eq "True"].value', "value": "x"},
                {"op": "Replace", "path": "manager", "value": "2611-8915"},
                {"op": "Remove", "path": f"{ENTERPRISE}:department"},
                {"op": "Remove", "path": "title"},
            ],
            {"name": "Zoe"},
        ),
    ],
    ids=["paths", "add", "no path", "unknown attributes"],
)
def test_a_part_is_changed(
    directory: Directory, user: str, operations: Any, wanted: dict[str, str]
) -> None:
    answer = directory.patch(f"Users/{user}", *operations)

    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert told["emails"][0]["value"] == wanted.get(
        "email", "test_user_fd0ea19b@contoso.example"
    )
    assert told["name"]["familyName"] == wanted.get("family", "familyName")
    assert told["displayName"] == wanted.get("name", "Test User")


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Replace", "path": "active", "value": False},
        {"op": "Replace", "value": {"active": "False"}},
        {"op": "Replace", "value": {"active": False}},
    ],
    ids=["text", "truth", "text in an object", "truth in an object"],
)
def test_somebody_is_disabled(
    directory: Directory, user: str, operation: dict[str, Any]
) -> None:
    answer = directory.patch(f"Users/{user}", operation)

    assert answer.json()["active"] is False
    assert not Person.objects.get(directory_account=UUID(user)).is_active


def test_somebody_is_deleted(directory: Directory, user: str) -> None:
    assert directory.delete(f"Users/{user}").status_code == 204
    assert directory.get(f"Users/{user}").status_code == 404
    assert directory.delete(f"Users/{user}").status_code == 404
    assert directory.get("Users").json()["totalResults"] == 0
    # what he did stays his
    assert not Person.objects.get(directory_account=UUID(user)).is_active


def test_groups_from_making_to_deleting(directory: Directory, user: str) -> None:
    made = directory.post(
        "Groups",
        {
            "schemas": [
                GROUP,
                "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
            ],
            "externalId": "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
            "displayName": "displayName",
            "meta": {"resourceType": "Group"},
        },
    )
    assert made.status_code == 201, made.content
    group = f"Groups/{made.json()['id']}"

    found = directory.get(
        "Groups", excludedAttributes="members", filter='displayName eq "displayName"'
    )
    assert found.json()["Resources"][0]["id"] == made.json()["id"]
    assert "members" not in found.json()["Resources"][0]

    new = {"op": "Replace", "path": "displayName", "value": "1879db59"}
    assert directory.patch(group, new).status_code == 204
    who = [{"$ref": None, "value": user}]
    join = {"op": "Add", "path": "members", "value": who}
    assert directory.patch(group, join).status_code == 204
    assert directory.get(group).json()["members"][0]["value"] == user
    assert directory.get(f"Users/{user}").json()["groups"][0]["display"] == "1879db59"
    asked = f'id eq "{made.json()["id"]}" and members eq "{user}"'
    assert directory.get("Groups", filter=asked).json()["totalResults"] == 1

    leave = {"op": "Remove", "path": "members", "value": who}
    assert directory.patch(group, leave).status_code == 204
    assert "members" not in directory.get(group).json()
    assert directory.delete(group).status_code == 204
    assert directory.get(group).status_code == 404
    assert not DirectoryGroup.objects.filter(removed_at=None).exists()
