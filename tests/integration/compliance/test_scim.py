"""What the directory may do, what it may not, and what follows for the people."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compliance.access import grants, policy
from compliance.access.directory import tokens
from compliance.access.permissions import Verb
from compliance.access.roles import Role
from compliance.access.sso import arrivals
from compliance.access.sso.claims import Identity
from compliance.access.sso.rejections import Code, Rejected
from compliance.models import (
    AuditEntry,
    DirectoryAccount,
    DirectoryGroup,
    Group,
    Person,
    ServiceKey,
)
from tests.cast import Cast
from tests.directory import GROUP, ISSUER, Directory, somebody

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
OFF = {"op": "replace", "path": "active", "value": False}
ON = {"op": "replace", "path": "active", "value": True}


def comes(subject: str, email: str = "rosa@example.com") -> Person:
    """Somebody whom the identity provider let in."""
    identity = Identity(
        issuer=ISSUER,
        subject=subject,
        name="Rosa",
        email=email,
        email_is_verified=True,
        groups=frozenset(),
    )
    return arrivals.admit(identity, now=timezone.now())


def group_of(directory: Directory, *members: DirectoryAccount, name: str = "QA") -> Any:
    told = [{"value": str(one.pk)} for one in members]
    answer = directory.post(
        "Groups", {"schemas": [GROUP], "displayName": name, "members": told}
    )
    assert answer.status_code == 201, answer.content
    return DirectoryGroup.objects.get(pk=answer.json()["id"])


def kind(answer: Any) -> tuple[int, str]:
    assert answer["Content-Type"].startswith("application/scim+json")
    return answer.status_code, answer.json().get("scimType", "")


# --- sessions and roles end ------------------------------------------------------


def test_who_is_deactivated_is_out_by_the_next_request_and_stays_out(
    directory: Directory, sign_in: SignIn, entries: Entries
) -> None:
    rosa = directory.tells("rosa")
    browser = sign_in(rosa.person)
    assert browser.get("/preferences").status_code == 200

    directory.patch(f"Users/{rosa.pk}", OFF)

    assert browser.get("/preferences").status_code == 302
    assert not rosa.person.sessions.exists()
    (ended,) = entries(act="session.ended")
    assert ended.facts == {"sessions": 1}
    assert ended.actor_id == Person.objects.get(email=tokens.ADDRESS).pk
    # let in again, he signs in again
    directory.patch(f"Users/{rosa.pk}", ON)
    assert browser.get("/preferences").status_code == 302
    assert comes("id-rosa") == rosa.person


def test_who_is_deactivated_cannot_sign_in(directory: Directory) -> None:
    rosa = directory.tells("rosa")
    directory.patch(f"Users/{rosa.pk}", OFF)

    with pytest.raises(Rejected) as rejected:
        comes("id-rosa")

    assert rejected.value.code == Code.INACTIVE


def test_roles_of_who_is_deactivated_are_worth_nothing(
    directory: Directory, cast: Cast
) -> None:
    rosa = directory.tells("rosa")
    grants.grant(
        person=rosa.person, role=Role.OFFICER, by=cast.administrator, now=timezone.now()
    )
    directory.patch(f"Users/{rosa.pk}", OFF)

    assert not policy.allows(Person.objects.get(pk=rosa.person_id), Verb.LISTEN)


def test_whom_an_administrator_shut_out_no_directory_lets_in(
    directory: Directory, cast: Cast, sign_in: SignIn
) -> None:
    rosa = directory.tells("rosa")
    page = f"/admin/compliance/person/{rosa.person_id}/change/"
    told = {"name": "Rosa", "email": "rosa@example.com", "subject": "id-rosa"}
    assert sign_in(cast.administrator).post(page, told).status_code == 302

    for operation in (ON, OFF, ON):
        directory.patch(f"Users/{rosa.pk}", operation)

    assert not Person.objects.get(pk=rosa.person_id).is_active


def test_a_deleted_person_loses_groups_and_roles(
    directory: Directory, cast: Cast, entries: Entries
) -> None:
    rosa = directory.tells("rosa")
    kept = group_of(directory, rosa)
    given = grants.grant(
        person=rosa.person, role=Role.OFFICER, by=cast.administrator, now=timezone.now()
    )
    directory.delete(f"Users/{rosa.pk}")
    given.refresh_from_db()

    assert given.valid_until is not None
    assert not kept.group.members.exists()
    assert entries(act="directory.person_removed")


def test_who_was_deleted_and_comes_back_is_the_same_person_without_roles(
    directory: Directory,
) -> None:
    before = directory.tells("rosa")
    directory.delete(f"Users/{before.pk}")
    again = directory.tells("rosa")

    assert again.person_id == before.person_id
    assert again.pk != before.pk
    assert again.person.is_active
    assert not again.person.groups.exists()


# --- who is who ------------------------------------------------------------------


def test_whom_the_provider_let_in_before_is_taken_over(directory: Directory) -> None:
    known = Person.objects.create(
        name="Rosa", email="rosa@old.example", issuer=ISSUER, subject="id-rosa"
    )
    assert directory.tells("rosa").person_id == known.pk
    known.refresh_from_db()
    assert known.email == "rosa@example.com"


@pytest.mark.parametrize("active", [True, False])
def test_nobody_is_found_by_his_address(
    directory: Directory, cast: Cast, *, active: bool
) -> None:
    email = cast.administrator.email
    told = somebody("eve", active=active)
    told["emails"][0]["value"] = email.upper()
    answer = directory.post("Users", told)

    assert kind(answer) == (409, "uniqueness")
    assert Person.objects.get(email=email).is_active
    assert not DirectoryAccount.objects.exists()


def test_nobody_takes_the_address_of_somebody_else(
    directory: Directory, cast: Cast
) -> None:
    rosa = directory.tells("rosa")
    path = 'emails[type eq "work"].value'
    operation = {"op": "replace", "path": path, "value": cast.officer.email}

    answer = directory.patch(f"Users/{rosa.pk}", operation)

    assert kind(answer) == (409, "uniqueness")
    assert Person.objects.get(pk=rosa.person_id).email == "rosa@example.com"


@pytest.mark.parametrize(
    "told",
    [
        somebody("rosa", userName="other@example.com"),
        somebody("rosa", externalId="other", userName="ROSA@example.com"),
    ],
    ids=["externalId", "userName"],
)
def test_nobody_is_made_twice(directory: Directory, told: dict[str, Any]) -> None:
    directory.tells("rosa")
    told["emails"][0]["value"] = "other@example.com"

    assert kind(directory.post("Users", told)) == (409, "uniqueness")


def test_without_what_ties_him_to_his_login_nobody_is_made(
    directory: Directory,
) -> None:
    told = somebody("rosa", externalId="")

    assert kind(directory.post("Users", told)) == (400, "invalidValue")


def test_user_name_can_be_what_ties_him(directory: Directory, settings: Any) -> None:
    settings.SCIM_SUBJECT = "userName"
    rosa = directory.tells("rosa", externalId="")

    assert comes("rosa@example.com") == rosa.person


def test_a_new_external_id_ends_his_sessions(
    directory: Directory, sign_in: SignIn, entries: Entries
) -> None:
    rosa = directory.tells("rosa")
    browser = sign_in(rosa.person)
    operation = {"op": "replace", "path": "externalId", "value": "id-new"}
    directory.patch(f"Users/{rosa.pk}", operation)

    assert browser.get("/preferences").status_code == 302
    assert entries(act="person.identity_tied")
    assert comes("id-new") == rosa.person


def test_without_a_provider_people_are_taken_in_all_the_same(
    directory: Directory, settings: Any
) -> None:
    settings.OIDC = {}
    rosa = directory.tells("rosa")
    assert (rosa.person.issuer, rosa.person.subject) == ("", "")


# --- groups ----------------------------------------------------------------------


def test_members_hold_what_an_administrator_gave_the_group(
    directory: Directory, cast: Cast, entries: Entries
) -> None:
    rosa = directory.tells("rosa")
    kept = group_of(directory)
    grants.grant(
        group=kept.group,
        role=Role.REVIEWER,
        team=cast.claims,
        by=cast.administrator,
        now=timezone.now(),
    )
    join = {"op": "add", "path": "members", "value": [{"value": str(rosa.pk)}]}
    directory.patch(f"Groups/{kept.pk}", join)
    assert policy.allows(Person.objects.get(pk=rosa.person_id), Verb.LISTEN)

    leave = {"op": "remove", "path": f'members[value eq "{rosa.pk}"]'}
    directory.patch(f"Groups/{kept.pk}", leave)
    assert not policy.allows(Person.objects.get(pk=rosa.person_id), Verb.LISTEN)
    (joined,) = entries(act="group.joined")
    (left,) = entries(act="group.left")
    assert joined.facts == left.facts == {"group": str(kept.group_id)}
    assert joined.actor_id == Person.objects.get(email=tokens.ADDRESS).pk


def test_no_group_that_stands_here_is_taken_over(directory: Directory) -> None:
    local = Group.objects.create(name="Administrators")
    told = {"schemas": [GROUP], "displayName": "Administrators", "members": []}

    assert kind(directory.post("Groups", told)) == (409, "uniqueness")
    kept = group_of(directory)
    rename = {"op": "replace", "path": "displayName", "value": "Administrators"}
    assert kind(directory.patch(f"Groups/{kept.pk}", rename)) == (409, "uniqueness")
    assert not local.members.exists()


def test_a_deleted_group_comes_back_without_roles(
    directory: Directory, cast: Cast
) -> None:
    rosa = directory.tells("rosa")
    kept = group_of(directory, rosa)
    grants.grant(
        group=kept.group, role=Role.OFFICER, by=cast.administrator, now=timezone.now()
    )
    directory.delete(f"Groups/{kept.pk}")
    again = group_of(directory, rosa)

    assert again.group_id == kept.group_id
    assert not policy.allows(Person.objects.get(pk=rosa.person_id), Verb.LISTEN)


def test_who_reads_the_log_is_not_put_among_those_who_give_roles(
    directory: Directory, cast: Cast, entries: Entries
) -> None:
    rosa = directory.tells("rosa")
    now = timezone.now()
    grants.grant(person=rosa.person, role=Role.AUDITOR, by=cast.administrator, now=now)
    kept = group_of(directory)
    grants.grant(
        group=kept.group, role=Role.ADMINISTRATOR, by=cast.administrator, now=now
    )
    join = {"op": "add", "path": "members", "value": [{"value": str(rosa.pk)}]}
    answer = directory.patch(f"Groups/{kept.pk}", join)

    assert kind(answer) == (403, "")
    assert not kept.group.members.exists()
    assert entries(act="access.refused")


def test_a_login_leaves_the_groups_of_the_directory_alone(
    directory: Directory,
) -> None:
    rosa = directory.tells("rosa")
    kept = group_of(directory, rosa)
    comes("id-rosa")

    assert kept.group.members.get() == rosa.person


def test_its_groups_are_not_changed_by_hand(
    directory: Directory, cast: Cast, sign_in: SignIn
) -> None:
    kept = group_of(directory, directory.tells("rosa"))
    page = f"/admin/compliance/group/{kept.group_id}/change/"
    browser = sign_in(cast.administrator)

    assert browser.post(page, {"name": "Mine", "members": ""}).status_code == 302
    kept.group.refresh_from_db()
    assert kept.group.name == "QA"
    assert kept.group.members.count() == 1


# --- attacks ---------------------------------------------------------------------


def test_local_people_and_groups_are_out_of_reach(
    directory: Directory, cast: Cast
) -> None:
    local = cast.administrator
    assert directory.get("Users").json()["totalResults"] == 0
    for path in (f"Users/{local.pk}", f"Groups/{Group.objects.create(name='x').pk}"):
        for method in ("GET", "PUT", "PATCH", "DELETE"):
            body = {**somebody("eve"), "Operations": [OFF]}
            assert directory.ask(method, path, body).status_code in {400, 404}
    member = {"schemas": [GROUP], "displayName": "Mine"}
    told = {**member, "members": [{"value": str(local.pk)}]}

    assert kind(directory.post("Groups", told)) == (400, "invalidValue")
    local.refresh_from_db()
    assert local.is_active


def test_an_administrator_with_a_password_is_not_taken_over(
    directory: Directory, cast: Cast
) -> None:
    """Whom a stolen token could shut out, when nobody else can come in."""
    last = cast.administrator
    last.issuer, last.subject = ISSUER, "id-ada"
    last.save()

    answer = directory.post("Users", somebody("ada", active=False))

    assert kind(answer) == (409, "uniqueness")
    last.refresh_from_db()
    assert last.is_active
    assert last.email != "ada@example.com"


def test_a_break_glass_account_is_not_taken_over(
    directory: Directory, cast: Cast
) -> None:
    """Whatever it may do, and however it signs in."""
    kept = cast.reviewer
    kept.issuer, kept.subject, kept.is_break_glass = ISSUER, "id-ada", True
    kept.set_unusable_password()
    kept.save()

    answer = directory.post("Users", somebody("ada", active=False))

    assert kind(answer) == (409, "uniqueness")
    kept.refresh_from_db()
    assert kept.is_active


@pytest.mark.usefixtures("clean_cache")
@pytest.mark.parametrize("wrong", ["", "nonsense", "service", "revoked", "ended"])
def test_a_wrong_token_opens_nothing_and_leaves_one_entry(
    directory: Directory, cast: Cast, sign_in: SignIn, entries: Entries, wrong: str
) -> None:
    key = ServiceKey.objects.get()
    if wrong == "revoked":
        sign_in(cast.administrator).post(f"/keys/{key.pk}/revoke")
    elif wrong == "ended":
        past = timezone.now() - timedelta(days=1)
        ServiceKey.objects.update(expiry_date=past)
    else:
        directory.token = wrong
    if wrong == "service":
        directory.token = _service_token(cast)
    answers = [directory.get("Users") for _ in range(3)]

    assert [kind(answer) for answer in answers] == [(401, "")] * 3
    assert answers[0]["WWW-Authenticate"].startswith("Bearer")
    refused = entries(act__in=["directory.refused", "service_key.refused"])
    assert len(refused) == 1


def _service_token(cast: Cast) -> str:
    from compliance.access import keys

    now = timezone.now()
    _key, token = keys.make(
        service=cast.service,
        name="CRM",
        by=cast.administrator,
        now=now,
        until=now + timedelta(days=30),
    )
    return token


def test_its_token_opens_nothing_else(directory: Directory) -> None:
    for scheme in ("Api-Key", "Bearer"):
        headers = {"Authorization": f"{scheme} {directory.token}"}
        assert Client().get("/api/v1/calls", headers=headers).status_code == 401
        assert Client().get("/", headers=headers).status_code == 302


def test_whoever_tries_many_tokens_is_turned_away(directory: Directory) -> None:
    directory.token = "guess"
    codes = [directory.get("Users").status_code for _ in range(52)]

    assert codes[0] == 401
    assert codes[-1] == 429


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{" + " " * 1_100_000 + "}", 413),
        ('{"schemas": ["x"], "userName": "a\\u0000b"}', 400),
        ('{"userName": "\\ud800"}', 400),
        ("[" * 100_000, 400),
        ("[]", 400),
        ("nonsense", 400),
        ("{}", 400),
        ('{"userName": {"a": 1}}', 400),
    ],
    ids=["huge", "nul", "surrogate", "deep", "list", "text", "empty", "object"],
)
def test_bodies_that_are_none_are_refused(
    directory: Directory, body: str, status: int
) -> None:
    rosa = directory.tells("rosa")
    for method, path in (
        ("POST", "Users"),
        ("PUT", f"Users/{rosa.pk}"),
        ("PATCH", f"Users/{rosa.pk}"),
        ("POST", "Groups"),
    ):
        answer = directory.ask(method, path, body)
        assert kind(answer)[0] == status, (method, path, answer.content)


@pytest.mark.parametrize(
    ("operation", "scim_type"),
    [
        ({"op": "replace", "path": "id", "value": "x"}, "mutability"),
        ({"op": "replace", "path": "groups", "value": []}, "mutability"),
        ({"op": "remove", "path": "userName"}, "mutability"),
        ({"op": "replace", "path": "active", "value": "perhaps"}, "invalidValue"),
        ({"op": "replace", "path": "userName", "value": "x" * 300}, "invalidValue"),
        ({"op": "move", "path": "userName", "value": "x"}, "invalidValue"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "replace", "path": "a b c", "value": "x"}, "invalidPath"),
    ],
)
def test_patches_that_cannot_be(
    directory: Directory, operation: dict[str, Any], scim_type: str
) -> None:
    rosa = directory.tells("rosa")
    answer = directory.patch(f"Users/{rosa.pk}", operation)

    assert kind(answer) == (400, scim_type)


def test_too_many_operations_are_refused(directory: Directory) -> None:
    rosa = directory.tells("rosa")
    assert directory.patch(f"Users/{rosa.pk}", *[OFF] * 101).status_code == 413


def test_what_nobody_asked_for_is_dropped(directory: Directory) -> None:
    rosa = directory.tells("rosa", entitlements=[{"value": "admin"}], isAdmin=True)
    operation = {"op": "add", "path": "roles", "value": [{"value": "officer"}]}
    answer = directory.patch(f"Users/{rosa.pk}", operation)

    assert answer.status_code == 200
    assert not {"roles", "entitlements", "isAdmin"} & answer.json().keys()
    assert not rosa.person.grants.exists()


# --- filters and pages -----------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ('userName eq "ROSA@example.com"', {"rosa"}),
        ('externalId eq "id-lena"', {"lena"}),
        ('externalId eq "ID-LENA"', set()),
        ('emails.value eq "rosa@example.com"', {"rosa"}),
        ('emails[type eq "work" and value sw "lena"]', {"lena"}),
        ('displayName co "en"', {"lena"}),
        ("active eq false", {"lena"}),
        ('active eq "True"', {"rosa"}),
        ("externalId pr", {"rosa", "lena"}),
        ("name.familyName pr", set()),
        ('not (userName eq "rosa@example.com")', {"lena"}),
        ('userName ne "rosa@example.com" or active eq true', {"rosa", "lena"}),
        ('id eq "nonsense"', set()),
        ('meta.lastModified gt "2020-01-01T00:00:00Z"', {"rosa", "lena"}),
        ('meta.created lt "2020-01-01T00:00:00Z"', set()),
        ('userName eq "x\' OR 1=1 --"', set()),
        ('userName co "%"', set()),
    ],
)
def test_people_are_found(directory: Directory, asked: str, found: set[str]) -> None:
    directory.tells("rosa")
    directory.tells("lena", active=False)
    answer = directory.get("Users", filter=asked)

    assert answer.status_code == 200, answer.content
    told = {one["userName"].split("@")[0] for one in answer.json()["Resources"]}
    assert told == found
    assert answer.json()["totalResults"] == len(found)


@pytest.mark.parametrize(
    "asked",
    [
        "userName",
        "userName eq",
        'nonsense eq "x"',
        'password eq "x"',
        "active gt true",
        'meta.created gt "yesterday"',
        "userName eq null",
        'userName eq "' + "x" * 3000 + '"',
    ],
)
@pytest.mark.parametrize("where", ["Users", "Groups"])
def test_filters_that_are_none(directory: Directory, where: str, asked: str) -> None:
    assert kind(directory.get(where, filter=asked)) == (400, "invalidFilter")


@pytest.mark.parametrize("deep", ["(", "not ("])
def test_a_deep_filter_is_answered(directory: Directory, deep: str) -> None:
    times = 1_900 // (len(deep) + 1)
    asked = deep * times + 'userName eq "x"' + ")" * times

    assert directory.get("Users", filter=asked).status_code in {200, 400}


def test_groups_are_found(directory: Directory) -> None:
    rosa = directory.tells("rosa")
    group_of(directory, rosa, name="With")
    group_of(directory, name="Without")
    for asked in (f'members eq "{rosa.pk}"', f'members[value eq "{rosa.pk}"]'):
        answer = directory.get("Groups", filter=asked).json()
        assert [one["displayName"] for one in answer["Resources"]] == ["With"]
    assert directory.get("Groups", filter="displayName pr").json()["totalResults"] == 2


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 3),
        ({"count": 0}, 0),
        ({"count": -1}, 0),
        ({"count": 2}, 2),
        ({"startIndex": 3}, 1),
        ({"startIndex": 0}, 3),
        ({"startIndex": 99}, 0),
    ],
)
def test_pages(directory: Directory, query: dict[str, int], count: int) -> None:
    for number in range(3):
        directory.tells(f"user{number}")
    answer = directory.get("Users", **query).json()

    assert answer["totalResults"] == 3
    assert answer["itemsPerPage"] == len(answer["Resources"]) == count


@pytest.mark.parametrize("query", [{"startIndex": "x"}, {"count": "many"}])
def test_pages_that_are_none(directory: Directory, query: dict[str, str]) -> None:
    assert kind(directory.get("Users", **query)) == (400, "invalidValue")


def test_only_what_is_asked_for_is_told(directory: Directory) -> None:
    directory.tells("rosa")
    (told,) = directory.get("Users", attributes="userName").json()["Resources"]

    assert told.keys() == {"schemas", "id", "userName"}


@pytest.mark.parametrize("where", ["Users", "Groups"])
def test_a_long_list_takes_no_more_queries(directory: Directory, where: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert directory.get(where).status_code == 200
        return len(asked)

    members = [directory.tells(f"user{number}") for number in range(3)]
    group_of(directory, *members, name="One")
    directory.get(where)
    few = queries()
    for number in range(3, 12):
        members.append(directory.tells(f"user{number}"))
        group_of(directory, *members, name=f"Group {number}")

    assert queries() == few <= 5


def test_what_a_change_takes(
    directory: Directory, django_assert_max_num_queries: Any
) -> None:
    rosa, lena = directory.tells("rosa"), directory.tells("lena")
    kept = group_of(directory, rosa)
    directory.get("Users")
    with django_assert_max_num_queries(19):
        directory.patch(f"Users/{rosa.pk}", OFF)
    join = {"op": "add", "path": "members", "value": [{"value": str(lena.pk)}]}
    with django_assert_max_num_queries(20):
        directory.patch(f"Groups/{kept.pk}", join)


def test_the_index_answers_the_question_that_is_asked_most(
    directory: Directory,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = DirectoryAccount.objects.filter(
            removed_at=None, user_name__iexact="rosa@example.com"
        ).explain()

    assert "directory_user_name_once" in plan


# --- what is told of it all ------------------------------------------------------


def test_entries_tell_who_and_what_without_names(
    directory: Directory, entries: Entries
) -> None:
    rosa = directory.tells("rosa")
    operation = {"op": "replace", "path": "name.givenName", "value": "Rosalinde"}
    directory.patch(f"Users/{rosa.pk}", operation)
    group_of(directory, rosa)
    service = Person.objects.get(email=tokens.ADDRESS)
    told = entries(act__startswith="directory.")

    assert [one.act for one in told] == [
        "directory.person_added",
        "directory.person_changed",
        "directory.group_added",
    ]
    assert {one.actor_id for one in told} == {service.pk}
    assert told[1].facts == {"fields": "given_name"}
    for one in entries():
        content = str(one.signed_content()).lower()
        assert "rosalinde" not in content
        assert "rosa@" not in content
