"""The texts the voice agent speaks."""

import json

import pytest

from compliance.consent import scripts
from compliance.consent.places import facts
from compliance.consent.plan import Script
from compliance.models import Purpose

LANGUAGES = ("da", "de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv")


def test_there_are_ten_languages() -> None:
    assert scripts.languages() == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("script", list(Script))
def test_every_script_is_spoken_in_every_language(
    language: str, script: Script
) -> None:
    bare = scripts.spoken(script, language=language)
    full = scripts.spoken(script, language=language, purposes=list(Purpose))

    for spoken in (bare, full):
        assert spoken.language == language
        assert "{" not in spoken.text
        assert "  " not in spoken.text
        assert len(spoken.text) < 600
        assert len(spoken.version) <= 40
        assert spoken.version.startswith(f"{language}-1-")
    assert bare.version == full.version


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_caller_hears_what_the_recording_is_for(language: str) -> None:
    path = scripts.FOLDER / f"{language}-1.json"
    words = json.loads(path.read_text(encoding="utf-8"))

    for script in (Script.ANNOUNCE, Script.ASK_CONSENT, Script.ASK_MORE):
        for purpose in Purpose:
            spoken = scripts.spoken(script, language=language, purposes=[purpose])
            assert words["purposes"][purpose] in spoken.text


def test_purposes_are_joined_as_people_speak() -> None:
    text = scripts.spoken(
        Script.ANNOUNCE,
        language="en",
        purposes=iter([Purpose.SECURITY, Purpose.QUALITY, Purpose.EVIDENCE]),
    ).text

    assert text.startswith(
        "This call is recorded, as evidence, to check our quality and for security."
    )


def test_without_a_purpose_the_gap_closes() -> None:
    assert scripts.spoken(Script.ANNOUNCE, language="en").text.startswith(
        "This call is recorded. "
    )


def test_other_words_have_another_hash() -> None:
    one = scripts.spoken(Script.ANNOUNCE, language="en", purposes=[Purpose.QUALITY])
    two = scripts.spoken(Script.ANNOUNCE, language="en", purposes=[Purpose.EVIDENCE])

    assert one.sha256 != two.sha256
    assert len(one.sha256) == 64


def test_a_language_we_do_not_speak_is_spoken_in_english() -> None:
    assert scripts.spoken(Script.REPEAT, language="fi").language == "en"


@pytest.mark.parametrize(
    ("declared", "number", "language"),
    [
        ("de-AT", "+33612345678", "de"),
        ("pt_BR", None, "pt"),
        ("fi", "+33612345678", "fr"),
        ("", "+15145550123", "fr"),
        ("", "+16045550123", "en"),
        ("", "+4930123456", "de"),
        ("", "", "en"),
        ("", None, "en"),
    ],
)
def test_the_language_is_the_declared_one_or_that_of_the_place(
    declared: str, number: str | None, language: str
) -> None:
    found = scripts.language_for(declared=declared, facts=facts(e164=number))

    assert found == language
