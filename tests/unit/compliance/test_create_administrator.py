"""The first administrator."""

from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person

pytestmark = pytest.mark.django_db


def create(password: str, email: str = "ada@example.org") -> None:
    with patch("getpass.getpass", return_value=password):
        call_command("create_administrator", email=email, name="Ada")


def test_the_first_one_may_give_roles_and_hears_nothing() -> None:
    create("a long enough passphrase")
    ada = Person.objects.get(email="ada@example.org")
    assert policy.allows(ada, Verb.GRANT_ROLE)
    assert not policy.allows(ada, Verb.LISTEN)


def test_how_to_make_one_is_told_while_there_is_none(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("sign_in_hint")
    (line,) = capsys.readouterr().out.splitlines()
    assert "manage.py create_administrator --email" in line
    create("a long enough passphrase")
    capsys.readouterr()
    call_command("sign_in_hint")
    assert capsys.readouterr().out == ""


def test_it_ends_with_the_second_one() -> None:
    create("a long enough passphrase")
    create("a long enough passphrase", email="bea@example.org")
    with pytest.raises(CommandError, match="two administrators"):
        create("a long enough passphrase", email="eve@example.org")
    assert Person.objects.count() == 2


@pytest.mark.parametrize(
    ("password", "email"), [("short", "ada@example.org"), ("x" * 20, "nobody")]
)
def test_bad_input_creates_nobody(password: str, email: str) -> None:
    with pytest.raises(CommandError):
        create(password, email)
    assert Person.objects.count() == 0
