"""A believable half year of calls for the demo: several teams, countries, voices, outcomes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from recordings.livekit.simulator.faults import (
    Ending,
    Faults,
    ObjectFault,
    StartFault,
)
from recordings.livekit.simulator.scenario import Consent, Scenario
from recordings.livekit.simulator.trunks import DEMO_TRUNKS, DemoTrunk

# Calls must lie so far back that nobody takes them for calls that are going on.
_YOUNGEST = timedelta(minutes=90)
_A_DAY = timedelta(days=1)
_OLDEST_DAYS = 180
_WITHHELD = 0.06
_CALLERS = 14  # numbers per country: some people ring again

_NUMBERS = {
    "DE": "+49302312{:04d}",
    "AT": "+4372012{:04d}",
    "CH": "+4144000{:04d}",
    "FR": "+3319900{:04d}",
    "GB": "+44207946{:04d}",
    "ES": "+3491000{:04d}",
    "US-CA": "+14155550{:03d}",
    "US-NY": "+12125550{:03d}",
    "US-WA": "+12065550{:03d}",
}
# First free number of each pattern; trunks keep the lowest ones.
_FIRST = {"DE": 5200, "GB": 200, "US-CA": 110, "US-NY": 110, "US-WA": 110}


@dataclass(frozen=True)
class _Kind:
    """One kind of call: who rings whom about what, and how often (`weight`)."""

    trunk: str
    conversation: str
    agent: str
    weight: int
    countries: tuple[str, ...]
    consents: tuple[Consent, ...]
    labels: tuple[str, ...] = ()
    agent_is_ai: bool = True
    joins: str = ""
    outbound: float = 0.0


_TOLD = (*[Consent.ANNOUNCED] * 12, Consent.GRANTED, Consent.GRANTED, Consent.NONE)
_ASKED = (*[Consent.GRANTED] * 14, Consent.ANNOUNCED, Consent.NONE)
_GERMAN = ("DE", "DE", "DE", "DE", "AT", "CH")
_AMERICAN = ("US-WA", "US-WA", "US-CA", "US-NY")

_KINDS = (
    _Kind(
        "ST_demo_berlin",
        "claims_de_windscreen",
        "Mia",
        18,
        _GERMAN,
        _ASKED,
        ("windscreen",),
    ),
    _Kind(
        "ST_demo_berlin",
        "claims_de_water",
        "Jo",
        9,
        _GERMAN,
        _ASKED,
        ("water",),
        agent_is_ai=False,
    ),
    _Kind("ST_demo_berlin", "claims_de_refused", "Mia", 4, _GERMAN, (Consent.REFUSED,)),
    _Kind(
        "ST_demo_seattle",
        "sales_us_upgrade",
        "Leo",
        18,
        _AMERICAN,
        _TOLD,
        ("spring-upgrade", "win-back"),
        outbound=0.5,
    ),
    _Kind(
        "ST_demo_seattle",
        "sales_us_transfer",
        "Leo",
        7,
        _AMERICAN,
        _TOLD,
        ("clinic-bundle",),
        joins="Sam",
    ),
    _Kind(
        "ST_demo_london",
        "support_uk_parcel",
        "Ana",
        10,
        ("GB",),
        _TOLD,
        ("delivery",),
        agent_is_ai=False,
    ),
    _Kind(
        "ST_demo_london", "support_uk_router", "Mia", 9, ("GB",), _TOLD, ("devices",)
    ),
    _Kind(
        "ST_demo_london",
        "support_uk_withdrawn",
        "Mia",
        3,
        ("GB",),
        (Consent.WITHDRAWN,),
        ("refunds",),
    ),
    _Kind(
        "ST_demo_paris",
        "support_fr_invoice",
        "Mia",
        12,
        ("FR", "FR", "FR", "CH"),
        _ASKED,
        ("billing",),
    ),
    _Kind(
        "ST_demo_madrid",
        "support_es_order",
        "Ana",
        10,
        ("ES", "ES", "ES", "FR"),
        _ASKED,
        ("orders",),
        agent_is_ai=False,
    ),
    _Kind("ST_demo_unknown", "support_uk_parcel", "Mia", 2, ("GB",), _TOLD),
)

# Each of these happens once in every hundred calls, so that each can be seen.
_MISHAPS = (
    Faults(ending=Ending.FAILED_WITH_FILE),
    Faults(object=ObjectFault.TRUNCATED),
    Faults(ending=Ending.LIMIT_REACHED),
    Faults(ending=Ending.FAILED, error="S3 upload failed: AccessDenied"),
    Faults(object=ObjectFault.MISSING),
    Faults(ending=Ending.ABORTED),
    Faults(start=StartFault.NO_CAPACITY),
    Faults(object=ObjectFault.NOT_AUDIO),
    Faults(twice=frozenset({"egress_ended"}), renamed=frozenset({"egress_updated"})),
)


def demo_scenarios(
    *,
    count: int = 300,
    now: datetime,
    seed: int = 7,
    since: datetime | None = None,
    only: str = "",
) -> list[Scenario]:
    """Return calls of the time before `now` (aware), newest first; same seed, same calls.

    They lie between `since` (half a year back by default) and an hour and a half before
    `now`, in the working hours of their team, more of them the younger they are. `only`
    names the one conversation to choose. Raises ValueError if there is none of that name.
    """
    draw = Random(seed)  # noqa: S311 - a demo, no secret
    trunks = {trunk.id: trunk for trunk in DEMO_TRUNKS}
    oldest = since or now - timedelta(days=_OLDEST_DAYS)
    kinds = [kind for kind in _KINDS if only in ("", kind.conversation)]
    if not kinds:
        raise ValueError(f"no conversation is called {only!r}")
    weights = [kind.weight for kind in kinds]
    made = []
    for number in range(count):
        kind = draw.choices(kinds, weights)[0]
        trunk = trunks[kind.trunk]
        starts_at = _working_hour(draw, trunk, oldest, now - _YOUNGEST)
        made.append(_scenario(draw, kind, trunk, number, starts_at))
    made = [_mishap(scenario, number) for number, scenario in enumerate(made)]
    return sorted(made, key=lambda one: one.starts_at or now, reverse=True)


def _scenario(
    draw: Random, kind: _Kind, trunk: DemoTrunk, number: int, starts_at: datetime
) -> Scenario:
    labels = {"ticket": f"T-{4000 + number}"}
    if kind.labels:
        about = "campaign" if trunk.id == "ST_demo_seattle" else "queue"
        labels[about] = draw.choice(kind.labels)
    return Scenario(
        name=kind.conversation,
        conversation=kind.conversation,
        trunk_id=trunk.id,
        trunk_number=trunk.number,
        caller_number=_caller(draw, draw.choice(kind.countries)),
        inbound=draw.random() >= kind.outbound,
        agent=kind.agent,
        agent_is_ai=kind.agent_is_ai,
        joins=kind.joins,
        consent=draw.choice(kind.consents),
        labels=labels,
        starts_at=starts_at,
    )


def _caller(draw: Random, country: str) -> str | None:
    if draw.random() < _WITHHELD:
        return None
    return _NUMBERS[country].format(_FIRST.get(country, 300) + draw.randrange(_CALLERS))


def _working_hour(
    draw: Random, trunk: DemoTrunk, oldest: datetime, youngest: datetime
) -> datetime:
    """Draw a moment in a team's working week, most likely a recent one."""
    zone = ZoneInfo(trunk.zone)
    span = youngest - oldest
    moment = youngest
    for _attempt in range(60):
        # The fourth power puts nearly half of all calls into the last twentieth.
        moment = youngest - span * draw.random() ** 4
        local = moment.astimezone(zone)
        # Whatever day it is today, it has calls.
        working_day = local.weekday() < 5 or youngest - moment < _A_DAY
        if working_day and 8 <= local.hour < 18:
            break
    return moment.astimezone(UTC).replace(microsecond=0)


def _mishap(scenario: Scenario, number: int) -> Scenario:
    mishaps: Sequence[Faults] = _MISHAPS
    place = number % 100
    spoiled = place % 11 == 5 and place // 11 < len(mishaps)
    if not spoiled or scenario.consent is Consent.REFUSED:
        return scenario
    return replace(scenario, faults=mishaps[place // 11])
