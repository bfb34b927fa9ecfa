"""The public form: confirm by mail, one answer for everybody, no doors beside it."""

import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail, signing
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.access import rates
from compliance.models import FormEntry, SubjectRequest
from compliance.requests import letters, public_form, request_log
from compliance.requests.wording import wording
from tests.factories.requests import asked

pytestmark = pytest.mark.django_db
HOST = "privacy.example.org"
SAID = {
    "kind": "access",
    "country": "FR",
    "full_name": "Erika Muster",
    "email": "erika@example.org",
    "number": "+49 30 23125 7890",
    "words": "In July.",
    "website": "",
}


@pytest.fixture
def visitor(settings: Settings) -> Client:
    settings.REQUESTS = {**settings.REQUESTS, "public_host": HOST}
    settings.ALLOWED_HOSTS = [HOST, "testserver"]
    settings.MAIL_IS_ON = True
    return Client(headers={"host": HOST, "accept-language": "fr-CH, fr;q=0.9"})


@pytest.fixture(autouse=True)
def _empty_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: dict[str, int] = {}

    def count(key: str, *, seconds: int) -> int:
        counted[key] = counted.get(key, 0) + 1
        return counted[key]

    monkeypatch.setattr(rates, "count", count)


def shown(seconds: int = 30) -> str:
    return public_form.open_token(now=timezone.now() - timedelta(seconds=seconds))


def send(visitor: Client, **said: str) -> str:
    """Send the form; returns the text of the page that follows."""
    posted = SAID | {"shown": shown()} | said
    return visitor.post("/privacy/?lang=fr", posted, follow=True).content.decode()


def deliver() -> None:
    now = timezone.now()
    for one in letters.due(now=now, limit=20):
        letters.deliver(letter_id=one, now=now)


def link_of(body: str) -> str:
    found = re.search(rf"http://{HOST}(/privacy/confirm/\S+)", body)
    assert found is not None
    return found[1]


def test_form_mail_link_request_receipt(visitor: Client) -> None:
    page = visitor.get("/privacy/").content.decode()
    assert '<html lang="fr">' in page
    assert "Que demandez-vous" in page
    assert "<script" not in page

    answer = send(visitor)
    assert "Consultez votre messagerie" in answer
    assert not SubjectRequest.objects.exists()
    deliver()
    link = link_of(str(mail.outbox[0].body))

    assert "Confirmer" in visitor.get(link).content.decode()
    assert not SubjectRequest.objects.exists()
    assert "Nous avons votre demande" in visitor.post(link).content.decode()
    request = SubjectRequest.objects.get()
    assert (request.kind, request.law, request.place) == ("access", "EU-GDPR", "FR")
    assert (request.channel, request.language) == ("form", "fr")
    assert request.texts.words == "In July."
    assert visitor.post(link).status_code == 410
    assert SubjectRequest.objects.count() == 1
    assert FormEntry.objects.get().content == ""
    deliver()
    assert request.reference in mail.outbox[1].subject


def test_whoever_is_known_gets_the_same_answer(visitor: Client) -> None:
    known = asked(None, channel="form")
    answers = {send(visitor), send(visitor, email="nobody@example.org")}

    assert len(answers) == 1
    assert known.reference not in answers.pop()


@pytest.mark.parametrize(
    "said",
    [{"website": "https://example.org"}],
)
def test_programs_get_the_same_answer_and_nothing_happens(
    visitor: Client, said: dict[str, str]
) -> None:
    assert "Consultez votre messagerie" in send(visitor, **said)
    assert not FormEntry.objects.exists()


def test_a_form_sent_too_fast_too_late_twice_or_forged_is_shown_again(
    visitor: Client,
) -> None:
    once = shown()
    send(visitor, shown=once)
    for token in (once, shown(1), shown(3 * 3600), "forged", ""):
        assert "Veuillez renvoyer le formulaire" in send(visitor, shown=token)
    assert FormEntry.objects.count() == 1


def test_wrong_fields_are_said_in_their_language(visitor: Client) -> None:
    page = send(visitor, number="12", email="nobody")

    assert page.count("Veuillez revoir ce champ.") == 2
    assert not FormEntry.objects.exists()


@pytest.mark.parametrize("language", ["de", "fr", "es"])
def test_no_english_is_left_on_a_page_or_in_a_mail(
    visitor: Client, language: str
) -> None:
    wrong = SAID | {"shown": shown(), "email": "nobody", "number": "1", "country": "QQ"}
    right = SAID | {"shown": shown()}
    form, heard = f"/privacy/?lang={language}", {"accept-language": language}
    pages = [
        visitor.get(form),
        visitor.post(form, wrong),
        visitor.post(form, right, headers=heard, follow=True),
        visitor.get("/privacy/confirm/forged", headers=heard),
    ]
    deliver()
    link = link_of(str(mail.outbox[0].body))
    pages += [visitor.get(link, headers=heard), visitor.post(link, headers=heard)]
    deliver()

    controller = settings.REQUESTS["controller"]
    english, told = wording("en"), wording(language)
    texts = [*english.form.values(), *english.kinds.values(), "This field", "Enter a"]
    texts = [text.format(controller=controller) for text in texts]
    texts = [text for text in texts if text not in told.form.values()]
    for page in pages:
        seen = html.unescape(page.content.decode())
        assert f'<html lang="{language}">' in seen
        assert [text for text in texts if f">{text}<" in seen] == []
    assert len(mail.outbox) == 2
    for letter in mail.outbox:
        assert not re.search(r"\b(you|your|the|we)\b", str(letter.body), re.IGNORECASE)


def test_an_address_is_not_flooded_and_nobody_sends_all_day(visitor: Client) -> None:
    for _ in range(public_form.MOST_MAILS + 2):
        assert "Consultez votre messagerie" in send(visitor)
    assert FormEntry.objects.count() == public_form.MOST_MAILS

    for _ in range(public_form.MOST_BY_ADDRESS):
        send(visitor, email="other@example.org")
    assert "Trop de formulaires" in send(visitor)


def test_a_link_is_signed_and_over_after_a_day(visitor: Client) -> None:
    send(visitor)
    entry = FormEntry.objects.get()
    forged = signing.dumps(str(entry.pk), salt="another")
    assert visitor.get(f"/privacy/confirm/{forged}").status_code == 410

    later = timezone.now() + timedelta(days=1, seconds=1)
    token = signing.dumps(str(entry.pk), salt=public_form._LINK)
    assert public_form.waiting(token, now=timezone.now()) == entry
    assert public_form.confirm(token, now=later) is None
    request_log.sweep(now=later)
    assert not FormEntry.objects.exists()


def test_the_public_host_serves_nothing_else(
    visitor: Client, cast: object, sign_in: Callable[..., Client]
) -> None:
    for path in ("/", "/login", "/requests/", "/api/v1/calls", "/admin/"):
        assert visitor.get(path).status_code == 404, path
    assert Client().get("/privacy/").status_code == 404


def test_it_is_off_unless_it_is_asked_for(settings: Settings) -> None:
    assert "public" not in settings.SURFACES
    assert Client().get("/privacy/").status_code == 404
