"""What a draft would change for a call, in plain words."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.models import Level, Purpose
from recordings.models import Call, Flip
from recordings.web import words

Consent = Call.Consent
Effect = Flip.Effect

HAD: dict[Consent, Promise] = {
    Consent.UNDECIDED: gettext_lazy("without an announcement"),
    Consent.NOT_NEEDED: gettext_lazy("without an announcement"),
    Consent.PENDING: gettext_lazy("without an announcement"),
    Consent.ANNOUNCED: gettext_lazy("with an announcement"),
    Consent.GRANTED: gettext_lazy("with consent"),
    Consent.REFUSED: gettext_lazy("until somebody refused"),
    Consent.WITHDRAWN: gettext_lazy("until consent was withdrawn"),
    Consent.EXEMPT: gettext_lazy("although it is on the do-not-record list"),
}
"""How a call was recorded, to follow 'was recorded'."""

WANTED: dict[Level, Promise] = {
    Level.ONE_PARTY: gettext_lazy("no announcement"),
    Level.NOTICE: gettext_lazy("an announcement"),
    Level.EXPLICIT: gettext_lazy("explicit consent"),
}
"""What a level asks for, to follow 'would have wanted'."""

MEANS: dict[Effect, Promise] = {
    Effect.MISSING: gettext_lazy(
        "Was recorded %(had)s; the new rule would have wanted %(wanted)s."
    ),
    Effect.OPENED: gettext_lazy(
        "Was recorded %(had)s; the new rule would have wanted %(wanted)s, "
        "so more of it would be open to hear."
    ),
    Effect.SAME: gettext_lazy(
        "Was recorded %(had)s; the new rule would have wanted %(wanted)s. "
        "What may be heard stays the same."
    ),
    Effect.UNRECORDED: gettext_lazy(
        "Was not recorded; the new rule would have wanted %(wanted)s."
    ),
    Effect.ELSEWHERE: gettext_lazy(
        "Nothing: the call was not recorded for these purposes."
    ),
}

EFFECTS: dict[Effect, Promise] = {
    Effect.MISSING: gettext_lazy("recorded, and would lack what the rule wants"),
    Effect.OPENED: gettext_lazy("recorded, and more would be open to hear"),
    Effect.SAME: gettext_lazy("recorded, and what may be heard stays the same"),
    Effect.UNRECORDED: gettext_lazy("not recorded"),
    Effect.ELSEWHERE: gettext_lazy("only for purposes they are not recorded for"),
}
"""What changed calls are, to follow their number."""


@dataclass(frozen=True)
class Row:
    """A call of the list as the page draws it."""

    flip: Flip

    @property
    def capture(self) -> words.Wording:
        """What became of the recording; its parts are not looked into here."""
        return words.CAPTURES[Call.Capture(self.flip.call.capture)]

    @property
    def asked(self) -> list[str]:
        """'announcement → explicit consent: evidence, quality', for the call's own
        purposes, and for the others only where there are no own ones."""
        own = [p for p in self._steps if p in self.flip.call.purposes]
        by_step: dict[tuple[Level, Level], list[str]] = {}
        for purpose in own or self._steps:
            by_step.setdefault(self._steps[purpose], []).append(str(purpose.label))
        return [
            _("%(before)s → %(after)s: %(purposes)s")
            % {
                "before": before.label,
                "after": after.label,
                "purposes": ", ".join(purposes),
            }
            for (before, after), purposes in by_step.items()
        ]

    @property
    def means(self) -> str:
        """One sentence: what was done, and what the draft would have wanted."""
        afters = [
            after
            for purpose, (_before, after) in self._steps.items()
            if purpose in self.flip.call.purposes
        ]
        wanted = WANTED[max(afters, default=Level.ONE_PARTY)]
        had = HAD[Consent(self.flip.call.consent)]
        return str(MEANS[Effect(self.flip.effect)]) % {"had": had, "wanted": wanted}

    @property
    def _steps(self) -> dict[Purpose, tuple[Level, Level]]:
        """In the order of purposes: JSON columns keep none."""
        stored = self.flip.steps
        return {
            purpose: (
                Level.from_code(stored[purpose][0]),
                Level.from_code(stored[purpose][1]),
            )
            for purpose in Purpose
            if purpose in stored
        }
