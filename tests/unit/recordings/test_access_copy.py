"""The copy for the person: their own voice, everything told, nothing of anybody else."""

import zipfile
from array import array
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from compliance.access.refusals import Refused
from compliance.audit.actions import Action
from compliance.models import (
    AuditEntry,
    PhoneNumber,
    RequestLetter,
    RequestSubject,
    SubjectRequest,
)
from compliance.packages import NotThere
from compliance.requests import codes, handling, identity, traces
from compliance.requests.clock import NotByLaw
from compliance.requests.senders import NotSent
from recordings.audio import muting
from recordings.copies import (
    asking,
    ending,
    making,
    page,
    reviewing,
    sending,
    taking,
    telling,
)
from recordings.models import (
    AccessCopy,
    Call,
    CallLabel,
    CopyItem,
    CopyLink,
    CopyReview,
    Disclosure,
    Party,
    Recording,
)
from tests.cast import Cast
from tests.factories.compliance import HoldFactory, PhoneNumberFactory
from tests.factories.copies import access, made, opened, told
from tests.factories.hearable import CALLER_NAME, NUMBER, hearable_call, part_of
from tests.factories.recordings import ListenFactory, PartyFactory
from tests.factories.requests import asked, number_of
from tests.unit.recordings.test_muting import RATE, channels

Entries = Callable[..., list[AuditEntry]]
pytestmark = pytest.mark.django_db
NOW = timezone.now()
Outcome = SubjectRequest.Outcome
Withheld = CopyItem.Withheld
Sides = Recording.Sides
OTHER_NUMBER = "+4930998877665"
OTHER_NAME = "Waldemar Zufall"


@pytest.fixture(autouse=True)
def _store(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_STORE = {"kind": "local", "root": tmp_path / "media"}
    settings.REQUESTS = {
        **settings.REQUESTS,
        "public_url": "https://privacy.example.org",
    }


@pytest.fixture
def call(cast: Cast) -> Call:
    return hearable_call(cast.claims)


def sound(
    copy: AccessCopy, folder: Path, name: str = "recordings/0001.flac"
) -> list["array[int]"]:
    path = folder / "out.flac"
    path.write_bytes(opened(copy)[name])
    return channels(path)


def reasons(copy: AccessCopy) -> list[str]:
    """Why each recording is not in it, in order; '' where it is."""
    return list(copy.contents.order_by("position").values_list("withheld", flat=True))


def other_caller(call: Call) -> Party:
    number = PhoneNumber.from_raw(OTHER_NUMBER)
    party: Party = PartyFactory.create(
        call=call, number=number, name=OTHER_NAME, joined_at=call.started_at
    )
    return party


def test_only_their_own_side_leaves_and_all_is_told(
    cast: Cast, call: Call, tmp_path: Path
) -> None:
    part = part_of(call)
    ListenFactory.create(
        recording=part, listener=cast.reviewer, opened_at=NOW, last_served_at=NOW
    )
    copy = made(cast, access(cast, now=NOW), now=NOW)

    files = opened(copy)
    assert set(files) == {"recordings/0001.flac", "data.json", "index.html"}
    assert len(sound(copy, tmp_path)) == 1
    (one,) = told(copy)["calls"]
    (recording,) = one["recordings"]
    assert (recording["sound"], one["you_were"]) == ("own_side", "caller")
    assert [said["what"] for said in one["consents"]] == ["announced", "granted"]
    assert one["recorded_for"] == ["evidence", "quality"]
    (look,) = told(copy)["consultations"]
    assert (look["what"], look["by"], look["call"]) == ("heard", "reviewer", 1)
    page = files["index.html"].decode()
    assert "quality reviewer" in page
    assert "Article 77 GDPR" in page
    assert cast.reviewer.name not in page + files["data.json"].decode()
    assert told(copy)["you"]["numbers"][0]["number"] == NUMBER


def test_who_listened_is_named_only_where_the_house_wants_it(
    cast: Cast, call: Call, settings: Settings
) -> None:
    settings.REQUESTS = {**settings.REQUESTS, "copy_names_staff": True}
    ListenFactory.create(
        recording=part_of(call),
        listener=cast.reviewer,
        opened_at=NOW,
        last_served_at=NOW,
    )
    copy = made(cast, access(cast, now=NOW, kind="listeners"), now=NOW)
    assert told(copy)["consultations"][0]["by"] == cast.reviewer.name
    assert set(opened(copy)) == {"data.json", "index.html"}  # no sound was asked for


@pytest.mark.parametrize("side", [0, 1])
def test_the_side_is_the_one_the_recorder_gave_them(
    cast: Cast, call: Call, side: int
) -> None:
    sides = Sides.CALLER_LEFT if side == 0 else Sides.AGENT_LEFT
    part = part_of(call, sides=sides)
    (found,) = asking.outlook(access(cast, now=NOW), now=NOW)
    assert (found.part, found.is_alone) == (part, True)
    assert getattr(found.verdict, "channel", None) == side


def test_what_holds_everybody_waits_for_ears_and_is_silenced_where_marked(
    cast: Cast, call: Call, tmp_path: Path
) -> None:
    part = part_of(call, sides=Sides.TOGETHER)
    second = part_of(call, part=2, sides=Sides.TOGETHER)
    request = access(cast, now=NOW)
    copy = made(cast, request, now=NOW)
    assert reasons(copy) == [Withheld.UNREVIEWED, Withheld.UNREVIEWED]
    assert asking.discard(copy=copy, by=cast.officer, now=NOW)

    marked = ((1_000, 4_000), (3_500, 6_000))
    _review(cast, request, part, ranges=marked)
    _review(cast, request, second, decision=CopyReview.Decision.KEEP)
    copy = made(cast, request, now=NOW)
    assert reasons(copy) == ["", Withheld.OTHERS]
    for channel in sound(copy, tmp_path):
        assert set(channel[RATE : 6 * RATE]) == {0}
        assert any(channel[: RATE // 2 * 40])
    (one,) = told(copy)["calls"]
    assert one["recordings"][0]["silenced"] == 2
    assert one["recordings"][1]["withheld"] == "others"


def test_nobody_elses_voice_name_or_number_is_anywhere(
    cast: Cast, call: Call, tmp_path: Path
) -> None:
    part = part_of(call)
    other_caller(call)
    request = access(cast, now=NOW)
    (found,) = asking.outlook(request, now=NOW)
    assert (found.verdict, found.is_alone) == (Withheld.UNREVIEWED, False)

    _review(cast, request, part, ranges=((0, 2_000),))
    copy = made(cast, request, now=NOW)
    (kept,) = sound(copy, tmp_path)
    assert set(kept[: 2 * RATE]) == {0}
    everything = b"".join(opened(copy).values()).decode(errors="replace")
    for theirs in (OTHER_NAME, OTHER_NUMBER, OTHER_NUMBER[-6:], CALLER_NAME, "Mia"):
        assert theirs not in everything
    assert NUMBER in everything


def _review(
    cast: Cast,
    request: SubjectRequest,
    part: Recording,
    *,
    ranges: tuple[tuple[int, int], ...] = (),
    decision: CopyReview.Decision = CopyReview.Decision.GIVE,
) -> None:
    reviewing.decide(
        request=request,
        part=part,
        decision=decision,
        ranges=ranges,
        by=cast.officer,
        now=NOW,
    )


def test_a_stretch_lies_within_the_recording(cast: Cast, call: Call) -> None:
    part, request = part_of(call), access(cast, now=NOW)
    for wrong in ((5, 5), (9, 5), (0, 10**9)):
        with pytest.raises(NotByLaw):
            _review(cast, request, part, ranges=(wrong,))
    assert not CopyReview.objects.exists()


def test_why_something_stays_never_tells_of_a_hold(cast: Cast) -> None:
    calls = [
        hearable_call(cast.claims, started_at=NOW - timedelta(days=9 - n))
        for n in range(5)
    ]
    secret, plain, *_rest = parts = [part_of(one) for one in calls]
    states = ["quarantined", "sealed", "lost"]
    for part, state in zip(parts[2:], states, strict=True):
        Recording.objects.filter(pk=part.pk).update(state=state)
    for part, is_confidential in ((secret, True), (plain, False)):
        hold = HoldFactory.create(team=cast.claims, is_confidential=is_confidential)
        hold.items.create(kind=Recording.ITEM, item_id=part.pk, caught_at=NOW)
    copy = made(cast, access(cast, now=NOW), now=NOW)
    legal = Withheld.LEGAL
    assert reasons(copy) == [legal, "", legal, legal, Withheld.NOT_PLAYABLE]
    everything = b"".join(opened(copy).values()).decode(errors="replace").lower()
    assert "hold" not in everything.replace("household", "")
    assert "kept on a legal ground" in everything


def test_it_opens_with_its_passphrase_only(cast: Cast, call: Call) -> None:
    part_of(call)
    copy = made(cast, access(cast, now=NOW), now=NOW)
    with pytest.raises(RuntimeError, match="Bad password"):
        opened(copy, passphrase="guessed")
    with storages["exports"].open(copy.file_name) as file:
        held = file.read()
    assert NUMBER.encode() not in held
    with (
        storages["exports"].open(copy.file_name) as file,
        pytest.raises((NotImplementedError, RuntimeError)),
    ):
        zipfile.ZipFile(file).read("data.json")


def test_only_once_it_is_known_who_asks_and_only_for_what_it_answers(
    cast: Cast, call: Call
) -> None:
    part_of(call)
    early = asked(cast.officer, kind="access", numbers=(NUMBER,))
    erasure = access(cast, now=NOW, kind="erasure")
    for request in (early, erasure):
        with pytest.raises(NotByLaw):
            asking.ask(request=request, by=cast.officer, now=NOW)
    request = access(cast, now=NOW, kind="portability")
    with pytest.raises(Refused):
        asking.ask(request=request, by=cast.lead, now=NOW)
    asking.ask(request=request, by=cast.officer, now=NOW)
    with pytest.raises(NotByLaw, match="already"):
        asking.ask(request=request, by=cast.officer, now=NOW)


def test_a_worker_that_dies_is_replaced_and_one_that_comes_late_changes_nothing(
    cast: Cast, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    part_of(call)
    copy = asking.ask(request=access(cast, now=NOW), by=cast.officer, now=NOW)

    class Killed(BaseException):
        """As a signal: nothing after it runs."""

    def die(*_args: object, **_more: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(muting, "mute", die)
        with pytest.raises(Killed):
            making.make(copy_id=copy.pk, now=NOW)
    assert making.due(now=NOW, limit=9) == []
    AccessCopy.objects.update(claimed_until=Now() - timedelta(seconds=1))
    assert making.due(now=NOW, limit=9) == [copy.pk]
    assert making.make(copy_id=copy.pk, now=NOW)
    copy.refresh_from_db()
    assert (copy.state, copy.given, copy.attempt) == ("ready", 1, 2)

    asking.discard(copy=copy, by=cast.officer, now=NOW)
    again = asking.ask(request=copy.request, by=cast.officer, now=NOW)

    def discard(*_args: object, **_more: object) -> None:
        asking.discard(copy=again, by=cast.officer, now=NOW)

    monkeypatch.setattr(telling, "tell", discard)
    monkeypatch.setattr(page, "drawn", lambda *_: "")
    assert not making.make(copy_id=again.pk, now=NOW)
    again.refresh_from_db()
    assert (again.state, again.reason) == ("failed", "discarded")


def sent(cast: Cast, copy: AccessCopy, *, now: datetime = NOW) -> str:
    """Send a link; the token it ends in."""
    sending.link(copy=copy, by=cast.officer, now=now)
    letter = RequestLetter.objects.filter(kind="copy").latest("made_at")
    body = str(letter.body)
    token = body.split("https://privacy.example.org/privacy/copy/")[1].split()[0]
    assert str(copy.passphrase or "never") not in body
    return token


def taken(token: str, now: datetime) -> bool:
    try:
        given = taking.take(token, now=now)
    except NotThere:
        return False
    assert given.file is not None
    given.file.close()
    return True


def test_a_link_gives_the_file_once_and_again_only_shortly_after(
    cast: Cast, call: Call, entries: Entries
) -> None:
    part = part_of(call)
    copy = made(cast, access(cast, now=NOW), now=NOW)
    token = sent(cast, copy)
    assert token not in str(CopyLink.objects.values())

    assert [taken(token, NOW) for _ in range(4)] == [True, True, True, False]
    disclosed = Disclosure.objects.filter(recording=part)
    assert {str(one.recipient) for one in disclosed} == {copy.request.reference}
    assert disclosed.count() == len(entries(act=Action.COPY_TAKEN)) == 3

    other = sent(cast, copy, now=NOW + timedelta(minutes=1))
    assert taken(other, NOW)
    assert not taken(other, NOW + timedelta(minutes=61))
    assert not taken("guessed", NOW)
    assert token not in str(list(AuditEntry.objects.values_list("facts", flat=True)))


def test_a_new_link_a_withdrawal_and_a_discarded_copy_end_the_old_one(
    cast: Cast, call: Call
) -> None:
    part_of(call)
    copy = made(cast, access(cast, now=NOW), now=NOW)
    first = sent(cast, copy)
    second = sent(cast, copy, now=NOW + timedelta(seconds=1))
    assert (taking.waiting(first, now=NOW), taken(first, NOW)) == (None, False)
    assert taking.waiting(second, now=NOW)
    assert sending.withdraw(copy=copy, by=cast.officer, now=NOW) == 1
    assert not taken(second, NOW)
    third = sent(cast, copy, now=NOW + timedelta(seconds=2))
    asking.discard(copy=copy, by=cast.officer, now=NOW)
    assert not taken(third, NOW)


def test_what_was_made_of_somebody_elses_number_is_not_given(
    cast: Cast, call: Call
) -> None:
    part_of(call)
    request = access(cast, now=NOW)
    copy = made(cast, request, now=NOW)
    token = sent(cast, copy)
    number = number_of(request)

    identity.hold_between(
        subject=number, since=None, until=NOW.date(), by=cast.officer, now=NOW
    )

    assert not taken(token, NOW)
    with pytest.raises(NotByLaw):
        sending.link(copy=copy, by=cast.officer, now=NOW)
    again = made(cast, request, now=NOW)
    token = sent(cast, again)
    identity.drop(subject=number, by=cast.officer, now=NOW)
    assert not taken(token, NOW)
    again.refresh_from_db()
    assert again.passphrase == ""


def test_whoever_turns_out_not_to_be_the_person_is_given_nothing(
    cast: Cast, call: Call
) -> None:
    part_of(call)
    request = access(cast, now=NOW)
    token = sent(cast, made(cast, request, now=NOW))

    identity.refuse(request=request, why="An impostor.", by=cast.officer, now=NOW)

    assert not taken(token, NOW)


def test_a_request_that_is_withdrawn_takes_its_copy_back(
    cast: Cast, call: Call
) -> None:
    part_of(call)
    request = access(cast, now=NOW)
    token = sent(cast, made(cast, request, now=NOW))

    handling.close(
        request=request, outcome=Outcome.WITHDRAWN, why="", by=cast.officer, now=NOW
    )

    assert not taken(token, NOW)


def test_a_download_takes_its_locks_in_the_order_of_whoever_ends_the_link(
    cast: Cast, call: Call
) -> None:
    part_of(call)
    copy = made(cast, access(cast, now=NOW), now=NOW)
    token = sent(cast, copy)

    with CaptureQueriesContext(connection) as queries:
        taken(token, NOW)

    locks = [one["sql"] for one in queries if "FOR NO KEY UPDATE" in one["sql"]]
    assert len(locks) == 2
    assert 'FROM "recordings_accesscopy"' in locks[0]
    assert 'FROM "recordings_copylink"' in locks[1]


def test_after_its_days_the_file_is_gone_and_the_store_was_asked(
    cast: Cast, call: Call, entries: Entries
) -> None:
    part_of(call)
    copy = made(cast, access(cast, now=NOW), now=NOW)
    token = sent(cast, copy)
    assert ending.sweep(now=NOW + timedelta(days=13)) == 0
    later = NOW + timedelta(days=14, seconds=1)
    assert not taken(token, later)
    assert ending.sweep(now=later) == 1
    copy.refresh_from_db()
    assert not storages["exports"].exists(copy.file_name)
    assert (copy.state, copy.passphrase) == ("gone", "")
    assert copy.gone_proved_at == later
    assert len(entries(act=Action.COPY_PROVED_GONE)) == 1
    assert ending.sweep(now=later) == 0


class Road:
    """Brings texts to numbers; a broken one does not."""

    def __init__(self, texts: list[str], *, is_broken: bool = False) -> None:
        self.texts, self.is_broken = texts, is_broken

    def send(self, *, number: str, text: str, **_more: object) -> None:
        if self.is_broken:
            raise NotSent("refused")
        self.texts.append(f"{number} {text}")


def test_the_passphrase_leaves_once_and_is_nowhere_then(
    cast: Cast, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    part_of(call)
    request = access(cast, now=NOW)
    copy = made(cast, request, now=NOW)
    number = number_of(request)
    texts: list[str] = []
    road = Road(texts, is_broken=True)
    monkeypatch.setattr(sending, "sender", lambda: road)
    with pytest.raises(NotByLaw):
        sending.text(copy=copy, subject=number, by=cast.officer, now=NOW)
    copy.refresh_from_db()
    passphrase = str(copy.passphrase)
    assert passphrase
    assert opened(copy)
    road.is_broken = False
    sending.text(copy=copy, subject=number, by=cast.officer, now=NOW)
    assert texts[0].startswith(NUMBER)
    assert passphrase in texts[0]
    copy.refresh_from_db()
    assert (copy.passphrase, copy.passphrase_way) == ("", "sent")
    with pytest.raises(NotByLaw):
        sending.show(copy=copy, by=cast.officer, now=NOW)
    assert opened(copy, passphrase)
    told_of = str(list(AuditEntry.objects.values_list("facts", flat=True)))
    assert passphrase not in told_of


def test_what_others_keep_of_the_person_is_told_by_its_label(
    cast: Cast, call: Call
) -> None:
    CallLabel.objects.create(call=call, key="ticket", value="T-4711", told_at=NOW)
    label = next(one.label() for one in traces.registered() if one.kind == "labels")
    copy = made(cast, access(cast, now=NOW), now=NOW)
    (theirs,) = [one for one in told(copy)["further"] if one["what"] == label]
    assert "T-4711" in str(theirs["rows"])
    assert label in opened(copy)["index.html"].decode()


def test_it_does_not_go_to_a_number_nobody_confirmed(cast: Cast, call: Call) -> None:
    part_of(call)
    request = access(cast, now=NOW)
    copy = made(cast, request, now=NOW)
    link = identity.Link(number=PhoneNumberFactory.create())
    identity.link(
        request=request,
        what=link,
        source=identity.Source.TOLD,
        by=cast.officer,
        now=NOW,
    )
    stranger = RequestSubject.objects.get(number=link.number)
    RequestSubject.objects.filter(pk=stranger.pk).update(confirmed_at=None)
    stranger.refresh_from_db()
    with pytest.raises(NotByLaw):
        sending.text(copy=copy, subject=stranger, by=cast.officer, now=NOW)
    copy.refresh_from_db()
    assert copy.passphrase


def test_it_does_not_go_to_a_number_that_somebody_else_has_by_now(
    cast: Cast, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    part_of(call)
    request = access(cast, now=NOW)
    number, old = number_of(request), NOW.date() - timedelta(days=30)
    identity.hold_between(
        subject=number, since=None, until=old, by=cast.officer, now=NOW
    )
    number.refresh_from_db()
    copy = made(cast, request, now=NOW)
    texts: list[str] = []
    monkeypatch.setattr(sending, "sender", lambda: Road(texts))
    monkeypatch.setattr(codes, "sender", lambda: Road(texts))

    with pytest.raises(NotByLaw):
        sending.text(copy=copy, subject=number, by=cast.officer, now=NOW)
    with pytest.raises(NotByLaw):
        codes.send(subject=number, by=cast.officer, now=NOW)

    assert texts == []
    copy.refresh_from_db()
    assert copy.passphrase
