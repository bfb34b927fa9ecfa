"""The reader of everything finds what is left, wherever it lies."""

from pathlib import Path

import pytest

from compliance.keys import keyring
from compliance.models import PhoneNumber, SubjectRequest
from recordings.models import Room
from tests.cast import Cast
from tests.factories.recordings import (
    ConsentVerdictFactory,
    LiveKitEventFactory,
    PartyFactory,
)
from tests.factories.requests import asked
from tests.factories.traces import hashed
from tests.nothing_left import Facts, left

NUMBER, NAME = "+4915112344711", "Erika Müßig"
FACTS = Facts((NUMBER,), (NAME,), ("call-room-x7",))


@pytest.mark.django_db
def test_sealed_columns_are_opened_and_hashes_compared() -> None:
    number = PhoneNumber.of(NUMBER)

    assert left(FACTS) == [
        f"compliance_phonenumber.{column} ({number.pk})"
        for column in ("e164", "last_four_lookup", "lookup")
    ]


@pytest.mark.django_db
def test_json_lists_and_payloads_are_read() -> None:
    event = LiveKitEventFactory.create(payload='{"name": "Erika M\\u00fc\\u00dfig"}')
    verdict = ConsentVerdictFactory.create(reasons=[{"why": ["0151 12344711"]}])
    party = PartyFactory.create(number=None, labels={"who": NAME})

    assert left(FACTS) == [
        f"recordings_consentverdict.reasons ({verdict.pk})",
        f"recordings_livekitevent.payload ({event.pk})",
        f"recordings_party.labels ({party.pk})",
    ]


@pytest.mark.django_db
def test_room_names_are_found_in_clear_and_by_hash() -> None:
    Room.objects.create(sid="RM_1", name="call-room-x7")
    Room.objects.create(sid="RM_2", name="y", name_lookup=hashed(NAME))

    assert left(FACTS) == [
        "recordings_room.name (RM_1)",
        "recordings_room.name_lookup (RM_2)",
    ]


def test_what_a_request_keeps_is_named(cast: Cast) -> None:
    asked(cast.officer, name=NAME, numbers=(NUMBER,))

    tables = {place.split(".")[0] for place in left(FACTS)}
    assert "compliance_requesttexts" in tables
    assert "compliance_phonenumber" in tables
    SubjectRequest.objects.all().delete()
    assert {place.split(".")[0] for place in left(FACTS)} == {"compliance_phonenumber"}


@pytest.mark.django_db
def test_files_their_names_and_texts_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text("nothing of anybody, 4711")
    (tmp_path / "b.bin").write_bytes(b"\x00\xff" + NUMBER.encode() + b"\x00")
    (tmp_path / "Erika-Müßig.ogg").write_bytes(b"OggS")
    sealed = keyring("number_encryption").encrypt(f"call of {NAME}")
    dump, rows = f"COPY x\n1\t{hashed(NAME)}\t\\N", f"COPY y\n1\t{sealed}\t2"

    texts: dict[str, str | bytes] = {
        "dump": dump,
        "rows": rows,
        "redis": b"ids only",
        "log": "",
    }
    found = left(FACTS, folders=[tmp_path], texts=texts)

    assert found == sorted(
        [str(tmp_path / "b.bin"), str(tmp_path / "Erika-Müßig.ogg"), "dump", "rows"]
    )
