"""What a run over the stored calls found, in figures: together, and by team."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from compliance.access import policy
from compliance.access.permissions import Verb
from compliance.models import Person
from compliance.templatetags.bars import Segment
from recordings import impact as use_case
from recordings.models import Flip, Impact
from recordings.web.flip_words import EFFECTS

Direction = Flip.Direction
TONES: dict[Direction, tuple[str, Promise]] = {
    Direction.STRICTER: ("amber", _("would be stricter")),
    Direction.LOOSER: ("plain", _("would be looser")),
    Direction.BOTH: ("live", _("stricter for some purposes, looser for others")),
}
"""The ways in the order they are drawn: tone, and words to follow a number."""


@dataclass
class Share:
    """Some of the calls: those of a team, or all."""

    name: str = ""
    looked: int = 0
    ways: Counter[str] = field(default_factory=Counter)

    @property
    def changed(self) -> int:
        """Calls whose verdict would have been another."""
        return self.ways.total()

    @property
    def same(self) -> int:
        """Calls whose verdict would have been what it is."""
        return max(0, self.looked - self.changed)

    @property
    def segments(self) -> list[Segment]:
        """For the picture; what is left of it are the calls that stay the same."""
        return [Segment(self.ways[way], tone) for way, (tone, _word) in TONES.items()]

    def key(self) -> Iterator[tuple[str, int, str | Promise]]:
        """Tone, number and words of each colour in the picture."""
        for way, (tone, word) in TONES.items():
            if self.ways[way]:
                yield tone, self.ways[way], word
        yield "quiet", self.same, _("stay the same")


@dataclass(frozen=True)
class Tally:
    """The calls of a run that a person may see."""

    all: Share
    teams: list[Share]
    rest: Share
    effects: Counter[str]

    def means(self) -> Iterator[tuple[Flip.Effect, int, Promise]]:
        """Each effect that occurs, how often, in words."""
        for effect, word in EFFECTS.items():
            if self.effects[effect]:
                yield effect, self.effects[effect], word


def of(impact: Impact, person: Person) -> Tally:
    """Count what a run found, within what this person may see. One query.

    teams: those with a changed call, the most changed first; rest: all others.
    """
    scope = policy.scope_for(person, Verb.VIEW)
    looked = {
        team: count
        for key, count in impact.by_team.items()
        if scope.covers(team := UUID(key))
    }
    whole = Share(looked=sum(looked.values()))
    effects: Counter[str] = Counter()
    teams: dict[UUID, Share] = {}
    rows = use_case.flips_of(impact, person).order_by()
    counted = rows.values_list("team", "team__name", "direction", "effect")
    for team, name, way, effect, count in counted.annotate(Count("id")):
        share = teams.setdefault(team, Share(name, looked.get(team, 0)))
        for one in (share, whole):
            one.ways[way] += count
        effects[effect] += count
    shown = sorted(teams.values(), key=lambda share: (-share.changed, share.name))
    rest = Share(looked=whole.looked - sum(share.looked for share in shown))
    return Tally(whole, shown, rest, effects)
