"""Every code that a part can end with, or be found with, has its sentence."""

from enum import StrEnum

import pytest

from compliance.consent.plan import Why
from recordings import endings, oddities, progress
from recordings.livekit.errors import Refusal

FINDINGS = (
    oddities.SIZE_MISMATCH,
    oddities.EMPTY,
    oddities.NOT_AUDIO,
    oddities.TRUNCATED,
    oddities.SILENT_AGENT,
    oddities.SILENT_CALLER,
    oddities.ONE_CHANNEL,
    oddities.UNENCRYPTED,
    progress.CONTRADICTED,
)
ENDS: list[str] = ["complete", "limit_reached", "failed", "aborted"]
OURS = ["call_ended", "withdrawn", "not_announced", "never_started", "forgotten"]
STOPS = [why for why in Why if why not in {Why.MET, Why.NOT_NEEDED}]


@pytest.mark.parametrize("code", [*ENDS, *OURS, "retention_expired", *Refusal])
def test_each_reason_is_worded(code: str | StrEnum) -> None:
    assert "“" not in endings.reason(str(code))


@pytest.mark.parametrize("code", FINDINGS)
def test_each_finding_is_worded(code: str) -> None:
    assert "“" not in endings.finding(code)


def test_a_reason_names_what_was_blamed() -> None:
    told = endings.reason("failed:upload")
    assert (
        told == "The recorder broke down. The file could not be written to the store."
    )


def test_an_unknown_code_is_shown_and_never_guessed() -> None:
    assert endings.reason("failed:code_503").endswith("Code “code_503”.")
    assert endings.finding("odd") == "Code “odd”."
    assert endings.reason("") == ""
