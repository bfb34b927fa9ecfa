"""Productions that are due and not there become alerts, which close when they are."""

from datetime import datetime

from recordings import alerts
from recordings.models import Alert, Production

KIND = Alert.Kind.PRODUCTION_OVERDUE
PAGE = 200
State = Production.State


def judge(*, now: datetime) -> None:
    """Open an alert for each that is late; close those that are made, or wanted no more."""
    waiting = (State.ASKED, State.MAKING, State.FAILED)
    late = Production.objects.filter(state__in=waiting, due_at__lte=now)
    found = {str(one.pk): one for one in late.select_related("team")[:PAGE]}
    told = Alert.objects.filter(kind=KIND, closed_at=None)
    known = set(told.values_list("subject", flat=True))
    for subject in sorted(found.keys() - known):
        team = found[subject].team
        alerts.open_once(KIND, subject=subject, team=team, now=now)
    for subject in known:
        if subject not in found:
            alerts.close(KIND, subject=subject, now=now)
