"""Second factors of local accounts: set up, asked for, counted, and due."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from compliance.access import people
from compliance.models import AuditEntry, Person
from recordings.models import Alert
from tests.cast import PASSWORD, Cast
from tests.proving import code_of, prove, secret_on

pytestmark = pytest.mark.usefixtures("clean_cache")
Entries = Callable[..., list[AuditEntry]]
SignIn = Callable[[Person], Client]


def _knock(client: Client, email: str = "rosa@example.org", **more: str) -> Any:
    told = {"username": email, "password": PASSWORD, **more}
    return client.post(reverse("login"), told)


def _set_up(browser: Client) -> str:
    """An app for whoever sits there; its secret."""
    secret = secret_on(browser.get(reverse("security-app")).content.decode())
    answer = browser.post(reverse("security-app"), {"code": code_of(secret)})
    assert answer.status_code == 302, answer.content.decode()
    return secret


def _is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


@pytest.fixture
def secret(cast: Cast, sign_in: SignIn) -> str:
    """Rosa has an app; its secret."""
    return _set_up(sign_in(cast.reviewer))


def test_the_password_alone_opens_nothing(secret: str, client: Client) -> None:
    answer = _knock(client)

    assert answer["Location"] == reverse("second-factor")
    assert not _is_in(client)
    assert client.get(reverse("access")).status_code == 302


def test_with_the_code_of_the_app_one_is_in(
    secret: str, client: Client, entries: Entries
) -> None:
    _knock(client, next=reverse("access"))
    sent = {"code": code_of(secret, later=1)}
    answer = client.post(reverse("second-factor"), sent)

    assert answer["Location"] == reverse("access")
    assert _is_in(client)
    assert entries(act="session.login")[-1].facts == {"method": "totp"}


def test_a_code_works_once(secret: str, client: Client) -> None:
    code = {"code": code_of(secret, later=1)}
    _knock(client)
    client.post(reverse("second-factor"), code)
    client.post(reverse("logout"))
    _knock(client)

    assert client.post(reverse("second-factor"), code).status_code == 422
    assert not _is_in(client)


def test_after_five_wrong_codes_the_right_one_is_not_looked_at(
    secret: str, client: Client, entries: Entries
) -> None:
    _knock(client)
    for _ in range(5):
        client.post(reverse("second-factor"), {"code": "000000"})
    sent = {"code": code_of(secret, later=1)}
    answer = client.post(reverse("second-factor"), sent)

    reasons = [entry.facts["reason"] for entry in entries(act="session.login_failed")]
    assert "Too many attempts" in answer.content.decode()
    assert reasons == ["wrong"] * 5 + ["locked"]
    assert not _is_in(client)


def test_a_password_that_changed_meanwhile_is_asked_again(
    cast: Cast, secret: str, client: Client
) -> None:
    _knock(client)
    people.set_password(
        person=cast.reviewer, password="quite another one", by=cast.administrator
    )
    sent = {"code": code_of(secret, later=1)}

    assert client.post(reverse("second-factor"), sent)["Location"] == reverse("login")
    assert not _is_in(client)


def test_a_recovery_code_works_once_and_new_ones_end_the_old(
    cast: Cast, secret: str, sign_in: SignIn, client: Client
) -> None:
    browser = sign_in(cast.reviewer)
    first = browser.post(reverse("security-recovery")).context["codes"]
    codes = browser.post(reverse("security-recovery")).context["codes"]
    tries = [(first[0], False), (codes[0], True), (codes[0], False)]
    for code, works in tries:
        _knock(client)
        client.post(reverse("second-factor"), {"code": code})
        assert _is_in(client) == works
        client.post(reverse("logout"))

    page = sign_in(cast.reviewer).get(reverse("security")).content.decode()
    assert len(codes) == 10
    assert "9 are unused" in page
    assert not any(code in page for code in codes)


def test_secrets_are_sealed_in_their_columns(
    cast: Cast, secret: str, sign_in: SignIn
) -> None:
    browser = sign_in(cast.reviewer)
    browser.get(reverse("security-app"))
    waits = browser.session["totp_secret"]

    row = Authenticator.objects.get(user=cast.reviewer, type="totp")
    assert secret not in str(row.data)
    assert row.data["secret"].startswith("gAAAA")
    assert waits.startswith("gAAAA")


def test_a_wrong_first_code_sets_nothing_up(cast: Cast, sign_in: SignIn) -> None:
    browser = sign_in(cast.reviewer)
    browser.get(reverse("security-app"))

    assert browser.post(reverse("security-app"), {"code": "1"}).status_code == 422
    assert not Authenticator.objects.exists()


def test_an_open_session_alone_changes_no_factors(
    cast: Cast, secret: str, client: Client
) -> None:
    client.force_login(cast.reviewer)

    assert client.get(reverse("security"))["Location"].startswith(reverse("step-up"))
    assert client.post(reverse("security-app-remove")).status_code == 403
    assert client.post(reverse("security-recovery")).status_code == 403
    assert Authenticator.objects.filter(type="totp").exists()


def test_a_password_proves_nothing_once_there_is_a_factor(
    cast: Cast, client: Client
) -> None:
    _knock(client)
    _set_up(client)

    assert client.get(reverse("security"))["Location"].startswith(reverse("step-up"))
    sent = {"password": PASSWORD}
    assert client.post(reverse("step-up"), sent).status_code == 422


def test_what_is_changed_is_entered(
    cast: Cast, sign_in: SignIn, entries: Entries
) -> None:
    browser = sign_in(cast.reviewer)
    _set_up(browser)
    browser.post(reverse("security-recovery"))
    browser.post(reverse("security-app-remove"))

    assert [entry.act for entry in entries(act__startswith="factor.")] == [
        "factor.added",
        "factor.recovery_codes_made",
        "factor.removed",
    ]
    assert not Authenticator.objects.exists()


def test_who_lost_everything_begins_anew(
    cast: Cast, secret: str, sign_in: SignIn, client: Client, entries: Entries
) -> None:
    browser = sign_in(cast.reviewer)
    call_command("forget_factors", "ROSA@example.org", stdout=StringIO())

    assert not Authenticator.objects.exists()
    assert browser.get(reverse("access")).status_code == 302
    assert entries(act="factor.removed")[-1].facts == {"kind": "all"}
    _knock(client)
    assert _is_in(client)


def test_nobody_touches_anothers_passkey(cast: Cast, sign_in: SignIn) -> None:
    row = Authenticator.objects.create(
        user=cast.officer, type="webauthn", data={"name": "Olga's", "credential": {}}
    )
    browser = sign_in(cast.reviewer)
    browser.post(reverse("security-rename", args=[row.pk]), {"name": "mine"})
    browser.post(reverse("security-passkey-remove", args=[row.pk]))

    assert Authenticator.objects.get(pk=row.pk).data["name"] == "Olga's"


@pytest.mark.parametrize("sent", ["", "{}", "[]", '{"id": "x"}', "no json"])
def test_what_is_no_passkey_is_refused(cast: Cast, sign_in: SignIn, sent: str) -> None:
    browser = sign_in(cast.reviewer)
    browser.post(reverse("security-options"))
    sent_form = {"name": "x", "credential": sent}

    assert browser.post(reverse("security-passkey-add"), sent_form).status_code == 302
    assert not Authenticator.objects.exists()


class TestWhereASecondFactorIsDue:
    @pytest.fixture(autouse=True)
    def _production(self, settings: Settings) -> None:
        settings.SECOND_FACTOR = True

    def test_nothing_else_can_be_done_before(self, cast: Cast, client: Client) -> None:
        _knock(client)

        assert client.get(reverse("home"))["Location"] == reverse("security")
        scripts = {"Accept": "application/json"}
        assert client.get("/api/v1/calls", headers=scripts).status_code == 403
        assert client.get(reverse("security")).status_code == 200

    def test_with_a_factor_everything_is_open(self, cast: Cast, client: Client) -> None:
        _knock(client)
        _set_up(client)

        assert client.get(reverse("home")).status_code == 200

    def test_the_last_one_is_not_removed(self, cast: Cast, sign_in: SignIn) -> None:
        browser = sign_in(cast.reviewer)
        _set_up(browser)
        answer = browser.post(reverse("security-app-remove"), follow=True)

        assert "only second factor" in answer.content.decode()
        assert Authenticator.objects.filter(type="totp").exists()


class TestWithoutLocalAccounts:
    @pytest.fixture(autouse=True)
    def _off(self, cast: Cast, settings: Settings) -> None:
        settings.LOCAL_LOGIN = False

    def test_nobody_knocks(self, client: Client) -> None:
        assert _knock(client).status_code == 404
        assert client.get(reverse("second-factor")).status_code == 404
        assert 'name="password"' not in client.get(reverse("login")).content.decode()

    def test_what_it_opened_is_over(self, cast: Cast, client: Client) -> None:
        prove(client)
        client.force_login(cast.reviewer)

        assert client.get(reverse("access")).status_code == 302

    def test_passwords_are_not_changed(
        self, cast: Cast, client: Client, settings: Settings
    ) -> None:
        elsewhere = "compliance.access.backend.ActivePeople"
        settings.AUTHENTICATION_BACKENDS = [elsewhere]
        client.force_login(cast.reviewer, backend=elsewhere)

        assert client.get(reverse("password")).status_code == 404


class TestBreakGlass:
    @pytest.fixture(autouse=True)
    def _marked(self, cast: Cast) -> None:
        people.mark_break_glass(
            person=cast.reviewer, is_one=True, by=cast.administrator
        )

    def test_each_use_is_an_entry_and_an_alert(
        self, client: Client, entries: Entries
    ) -> None:
        for _ in range(2):
            _knock(client)
            client.post(reverse("logout"))

        used = entries(act="session.break_glass_used")
        alerts = Alert.objects.filter(kind=Alert.Kind.BREAK_GLASS)
        assert {str(entry.pk) for entry in used} == {one.subject for one in alerts}
        assert len(used) == 2

    def test_a_password_that_waits_for_its_factor_is_no_use(
        self, cast: Cast, sign_in: SignIn, client: Client
    ) -> None:
        _set_up(sign_in(cast.reviewer))
        _knock(client)

        assert not Alert.objects.exists()

    def test_other_accounts_raise_none(self, client: Client) -> None:
        _knock(client, "olga@example.org")

        assert not Alert.objects.exists()

    def test_marking_is_an_entry(self, entries: Entries) -> None:
        assert entries(act="person.break_glass_marked")[0].facts == {"is_one": True}
