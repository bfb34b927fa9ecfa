"""The calls of the journeys: Germans who ring the claims team."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from recordings.livekit.simulator import Consent, Scenario

TRUNK = "ST_journeys"
AGO = timedelta(minutes=10)


def german_call(**changes: Any) -> Scenario:
    """A call of ten minutes ago: the AI agent asks, the caller agrees."""
    usual = Scenario(
        name="windscreen",
        conversation="claims_de_windscreen",
        trunk_id=TRUNK,
        trunk_number="+493023125100",
        caller_number="+493023125555",
        starts_at=datetime.now(UTC) - AGO,
    )
    return replace(usual, **changes)


def refused_call(**changes: Any) -> Scenario:
    """A call whose caller does not want to be recorded."""
    refused = {"conversation": "claims_de_refused", "consent": Consent.REFUSED}
    return german_call(**{"name": "refused", **refused, **changes})
