"""Where consent stands on a call, in one word for lists. Pure."""

from collections.abc import Iterable, Sequence

from compliance.consent.plan import Plan, Start, Why
from compliance.consent.standing import Act, ActKind
from recordings.models import Call

_AGAINST = frozenset({ActKind.REFUSED, ActKind.WITHDRAWN})


def is_withdrawn(plan: Plan, acts: Iterable[Act]) -> bool:
    """Whether nothing may be recorded any more because somebody took consent back."""
    if plan.start is not Start.NEVER:
        return False
    against = [act for act in acts if act.kind in _AGAINST]
    last = max(against, key=lambda act: act.at, default=None)
    return last is not None and last.kind is ActKind.WITHDRAWN


def of(plan: Plan, acts: Sequence[Act]) -> Call.Consent:
    """The word."""
    if plan.why is Why.DO_NOT_RECORD:
        return Call.Consent.EXEMPT
    if plan.start is Start.NEVER and plan.why is Why.REFUSED:
        withdrawn = is_withdrawn(plan, acts)
        return Call.Consent.WITHDRAWN if withdrawn else Call.Consent.REFUSED
    kinds = {act.kind for act in acts}
    if ActKind.GRANTED in kinds:
        return Call.Consent.GRANTED
    if ActKind.ANNOUNCED in kinds and plan.may_start:
        return Call.Consent.ANNOUNCED
    if plan.why is Why.NOT_NEEDED:
        return Call.Consent.NOT_NEEDED
    return Call.Consent.PENDING
