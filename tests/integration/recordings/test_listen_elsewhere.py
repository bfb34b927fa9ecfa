"""A browser that cannot play what was recorded: the same door, and a file it can play."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from compliance.audit.actions import Action
from compliance.models import AuditEntry, Person
from recordings import rendering
from recordings.models import Disclosure, Listen, Recording, Rendition
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of

SignIn = Callable[[Person], Client]
Entries = Callable[..., list[AuditEntry]]
JSON = {"Accept": "application/json"}
COPY = {
    "recipient": "J. Brandt",
    "purpose": "evidence",
    "reason": "Order 12 C 44/26",
    "kind": "wav",
}


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path}


@pytest.fixture
def part(cast: Cast) -> Recording:
    """A part of a claims call that may be heard for evidence and quality."""
    return part_of(hearable_call(cast.claims))


def ask(client: Client, part: Recording, *plays: str, **data: str) -> Any:
    """Press play in a browser that plays these kinds of files."""
    told = {"purpose": "quality", "plays": list(plays), **data}
    return client.post(reverse("listen", args=[part.id]), told, headers=JSON)


def make() -> None:
    """What a worker does meanwhile."""
    rendition = Rendition.objects.get()
    assert rendering.make(rendition_id=rendition.id, now=timezone.now())


@pytest.mark.parametrize(
    ("plays", "kind", "begins"),
    [
        (("mp4", "mp3"), "audio/mp4", b"ftyp"),
        (("mp3",), "audio/mpeg", b"ID3"),
        (("ogg", "mp4"), "audio/ogg", b"OggS"),
        ((), "audio/ogg", b"OggS"),
    ],
)
def test_it_plays_what_it_can(
    cast: Cast,
    sign_in: SignIn,
    part: Recording,
    plays: tuple[str, ...],
    kind: str,
    begins: bytes,
) -> None:
    client = sign_in(cast.reviewer)
    answer = ask(client, part, *plays)
    if kind != "audio/ogg":
        assert (answer.status_code, answer.json()) == (202, {"preparing": 0})
        assert not Listen.objects.exists()
        make()
        answer = ask(client, part, *plays)
    assert answer.status_code == 200
    sound = client.get(answer.json()["url"], headers={"Range": "bytes=0-15"})
    assert sound.headers["Content-Type"] == kind
    assert begins in sound.getvalue()
    assert Listen.objects.count() == 1


def test_a_renewal_gives_what_it_can_play_too(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    client = sign_in(cast.reviewer)
    ask(client, part, "mp4")
    make()
    told = ask(client, part, "mp4").json()
    again = client.post(told["renew"], {"plays": ["mp4"]}, headers=JSON).json()
    sound = client.get(again["url"])
    assert sound.headers["Content-Type"] == "audio/mp4"
    sound.close()


@pytest.mark.parametrize(("who", "status"), [("auditor", 403), ("sales_reviewer", 404)])
def test_a_refused_listener_has_nothing_made(
    cast: Cast,
    sign_in: SignIn,
    part: Recording,
    entries: Entries,
    who: str,
    status: int,
) -> None:
    assert ask(sign_in(cast.people[who]), part, "mp4").status_code == status
    assert not Rendition.objects.exists()
    assert len(entries(outcome="refused")) == 1


def test_a_purpose_that_is_not_met_has_nothing_made(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    answer = ask(sign_in(cast.reviewer), part, "mp4", purpose="ai_training")
    assert (answer.status_code, Rendition.objects.count()) == (403, 0)


def test_a_file_that_cannot_be_made_is_said(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    client = sign_in(cast.reviewer)
    ask(client, part, "mp4")
    Rendition.objects.update(state="failed", settled_at=timezone.now())
    answer = ask(client, part, "mp4")
    assert answer.status_code == 409
    assert "could not be made" in answer.json()["reason"]


def test_without_a_script_another_kind_is_asked_for_by_hand(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    client = sign_in(cast.reviewer)
    url = reverse("listen", args=[part.id])
    page = client.post(url, {"purpose": "quality"}).content.decode()
    assert 'name="plays" value="mp4"' in page

    told = {"purpose": "quality", "plays": "mp4"}
    waiting = client.post(url, told)
    assert waiting.status_code == 202
    page = waiting.content.decode()
    assert "0 % so far" in page
    assert '<input type="hidden" name="plays" value="mp4">' in page
    make()
    assert "<audio" in client.post(url, told).content.decode()


# copies


def test_a_wav_is_offered_with_its_size(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    page = sign_in(cast.officer).get(reverse("download", args=[part.id]))
    text = page.content.decode().replace("\xa0", " ")
    assert "OGG (Opus) as it was recorded, 258.2 KB" in text
    assert "WAV, about 14.7 MB, written first" in text


def test_a_wav_is_waited_for_and_taken_with_what_was_answered(
    cast: Cast, sign_in: SignIn, part: Recording, entries: Entries
) -> None:
    client = sign_in(cast.officer)
    url = reverse("download", args=[part.id])
    waiting = client.post(url, COPY)
    assert waiting.status_code == 202
    page = waiting.content.decode()
    assert "The WAV is being written" in page
    assert 'name="reason" value="Order 12 C 44/26"' in page
    assert not Disclosure.objects.exists()
    assert (
        "hx-get" in client.get(reverse("download-wav", args=[part.id])).content.decode()
    )
    make()
    there = client.get(reverse("download-wav", args=[part.id])).content.decode()
    assert "The WAV is there" in there
    assert "hx-get" not in there

    taken = client.post(url, COPY)

    assert taken.status_code == 303
    file = client.get(taken.headers["Location"])
    assert file.headers["Content-Type"] == "audio/wav"
    assert file.headers["Content-Disposition"].endswith('-01.wav"')
    assert file.getvalue()[:4] == b"RIFF"
    assert Disclosure.objects.get().reason == "Order 12 C 44/26"
    assert len(entries(act=Action.DOWNLOADED)) == 1


@pytest.mark.parametrize(("who", "status"), [("lead", 403), ("sales_reviewer", 404)])
def test_a_wav_is_for_whoever_may_take_copies(
    cast: Cast, sign_in: SignIn, part: Recording, who: str, status: int
) -> None:
    client = sign_in(cast.people[who])
    assert client.post(reverse("download", args=[part.id]), COPY).status_code == status
    url = reverse("download-wav", args=[part.id])
    assert client.get(url).status_code == status
    assert not Rendition.objects.exists()


def test_a_copy_of_an_mp3_is_called_one(
    cast: Cast, sign_in: SignIn, part: Recording
) -> None:
    Recording.objects.update(object_key="recordings/a/01.mp3")
    client = sign_in(cast.officer)
    url = reverse("download", args=[part.id])
    assert "MP3 as it was recorded" in client.get(url).content.decode()
    taken = client.post(url, {**COPY, "kind": ""})
    assert taken.status_code == 303
