"""The demo's telephone lines: fictional teams, numbers nobody can have.

Numbers come from ranges kept free for fiction: Germany (0)30 23125 000-999 (Bundesnetzagentur),
United Kingdom 020 7946 0000-0999 (Ofcom), North America 555-0100 to 0199 (NANPA), France
(0)1 99 00 00 00-99 99 (ARCEP). For Spain, Austria and Switzerland we know of none:
there the numbers are made up.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoTrunk:
    """One trunk and the team that answers it. `country` is the seat of the team.

    `known` False: nobody has told the portal of this trunk. `separate_sides`: whether an AI
    agent answers, so that its voice can be kept apart from the caller's.
    """

    id: str
    number: str
    team: str
    region: str
    country: str
    zone: str
    separate_sides: bool = True
    known: bool = True


DEMO_TRUNKS = (
    DemoTrunk(
        "ST_demo_berlin", "+493023125100", "Claims", "Germany", "DE", "Europe/Berlin"
    ),
    DemoTrunk(
        "ST_demo_seattle",
        "+12065550100",
        "Sales",
        "United States",
        "US-WA",
        "America/Los_Angeles",
    ),
    DemoTrunk(
        "ST_demo_london",
        "+442079460100",
        "Support UK",
        "United Kingdom",
        "GB",
        "Europe/London",
    ),
    DemoTrunk(
        "ST_demo_paris",
        "+33199000100",
        "Support France",
        "France",
        "FR",
        "Europe/Paris",
    ),
    DemoTrunk(
        "ST_demo_madrid",
        "+34910000100",
        "Support Spain",
        "Spain",
        "ES",
        "Europe/Madrid",
        separate_sides=False,
    ),
    DemoTrunk(
        "ST_demo_unknown", "+442079460900", "", "", "", "Europe/London", known=False
    ),
)
