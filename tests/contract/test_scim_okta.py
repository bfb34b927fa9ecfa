"""What Okta sends, letter for letter as its documentation shows it.

https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/
"""

from typing import Any
from uuid import UUID

import pytest

from compliance.models import Person
from tests.directory import GROUP, USER, Directory

CREATE = {
    "schemas": [USER],
    "userName": "test.user@okta.example",
    "name": {"givenName": "Test", "familyName": "User"},
    "emails": [{"primary": True, "value": "test.user@okta.example", "type": "work"}],
    "displayName": "Test User",
    "locale": "en-US",
    "externalId": "00ujl29u0le5T6Aj10h7",
    "groups": [],
    "password": "1mz050nq",
    "active": True,
}


@pytest.fixture
def user(directory: Directory) -> str:
    """The id of the person that Okta has made."""
    answer = directory.post("Users", CREATE)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["id"])


def test_somebody_is_looked_for_before_he_is_made(directory: Directory) -> None:
    asked = {"filter": 'userName eq "test.user@okta.example"'}
    answer = directory.get("Users", **asked, startIndex=1, count=100)

    assert answer.json()["totalResults"] == 0
    assert answer.json()["startIndex"] == 1


def test_the_password_it_sends_lets_nobody_in(user: str) -> None:
    person = Person.objects.get(directory_account=UUID(user))

    assert not person.has_usable_password()
    assert person.subject == "00ujl29u0le5T6Aj10h7"


def test_somebody_is_put_whole(directory: Directory, user: str) -> None:
    whole = {**CREATE, "id": user, "meta": {"resourceType": "User"}}
    whole["name"] = {"givenName": "Another", "middleName": "", "familyName": "User"}
    whole["displayName"] = "Another User"
    answer = directory.put(f"Users/{user}", whole)

    assert answer.status_code == 200, answer.content
    assert answer.json()["name"]["givenName"] == "Another"
    assert Person.objects.get(directory_account=UUID(user)).name == "Another User"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_somebody_is_deactivated_and_comes_back(
    directory: Directory, user: str, method: str
) -> None:
    for active in (False, True):
        if method == "PUT":
            told: Any = {**CREATE, "id": user, "active": active}
            answer = directory.put(f"Users/{user}", told)
        else:
            operation = {"op": "replace", "value": {"active": active}}
            answer = directory.patch(f"Users/{user}", operation)

        assert answer.status_code == 200, answer.content
        assert answer.json()["active"] is active
        assert Person.objects.get(directory_account=UUID(user)).is_active is active


def test_a_group_is_pushed_renamed_and_emptied(directory: Directory, user: str) -> None:
    made = directory.post(
        "Groups", {"schemas": [GROUP], "displayName": "Test SCIMv2", "members": []}
    )
    assert made.status_code == 201, made.content
    pk = made.json()["id"]
    rename = {"op": "replace", "value": {"id": pk, "displayName": "Test SCIMv2 new"}}
    assert directory.patch(f"Groups/{pk}", rename).status_code == 204
    join = {
        "op": "add",
        "path": "members",
        "value": [{"value": user, "display": "test.user@okta.example"}],
    }
    assert directory.patch(f"Groups/{pk}", join).status_code == 204
    assert directory.get(f"Groups/{pk}").json()["members"][0]["value"] == user
    leave = {"op": "remove", "path": f'members[value eq "{user}"]'}
    assert directory.patch(f"Groups/{pk}", leave).status_code == 204
    assert "members" not in directory.get(f"Groups/{pk}").json()

    whole = {
        "schemas": [GROUP],
        "id": pk,
        "displayName": "Test SCIMv2 new",
        "members": [{"value": user, "display": "test.user@okta.example"}],
    }
    assert directory.put(f"Groups/{pk}", whole).json()["members"][0]["value"] == user
    assert directory.put(f"Groups/{pk}", {**whole, "members": []}).status_code == 200
    assert "members" not in directory.get(f"Groups/{pk}").json()


def test_everybody_is_imported_page_by_page(directory: Directory) -> None:
    for number in range(5):
        directory.tells(f"user{number}")
    seen = []
    for start in (1, 3, 5):
        page = directory.get("Users", startIndex=start, count=2).json()
        assert page["totalResults"] == 5
        seen += [one["userName"] for one in page["Resources"]]

    assert seen == [f"user{number}@example.com" for number in range(5)]
