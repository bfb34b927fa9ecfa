"""For some acts it is not enough to be signed in: a second factor, shown lately.

The session remembers when and how its person last proved who he is. A password alone
counts only where the installation asks for no second factor (SECOND_FACTOR).
"""

from datetime import datetime

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from compliance.access.permissions import STEP_UP, Verb
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person

PASSWORD, SSO = "password", "sso"
"""How a session began: no second factor, and enough to set up a first one."""
NEEDED = "step_up_needed"
_PROVED = "proved"


class StepUpNeeded(Exception):
    """Nothing has happened: the person has to prove once more who he is."""


def note(session: SessionBase, *, method: str, now: datetime) -> None:
    """Remember that the person of this session proved now who he is."""
    session[_PROVED] = {"at": now.timestamp(), "method": method}


def forget_beginning(session: SessionBase) -> None:
    """From now on there is a factor: what opened the session proves no more."""
    if session.get(_PROVED, {}).get("method") in {PASSWORD, SSO}:
        del session[_PROVED]


def done(session: SessionBase, *, method: str, by: Person, now: datetime) -> None:
    """Somebody proved once more who he is: remembered, and an entry."""
    with transaction.atomic():
        log.append(Action.STEPPED_UP, subject=by, actor=by, facts={"method": method})
        note(session, method=method, now=now)


def failed(*, method: str, is_locked: bool, by: Person) -> None:
    """What he showed does not fit: an entry. is_locked: it was not looked at."""
    reason = "locked" if is_locked else "wrong"
    with transaction.atomic():
        facts = {"method": method, "reason": reason}
        log.append(Action.STEP_UP_FAILED, subject=by, actor=by, facts=facts)


def is_fresh(
    session: SessionBase, *, now: datetime, also: frozenset[str] = frozenset()
) -> bool:
    """Whether its person proved lately who he is. also: beginnings that suffice."""
    proved = session.get(_PROVED)
    if not proved or now.timestamp() - proved["at"] > settings.STEP_UP_SECONDS:
        return False
    return proved["method"] not in {PASSWORD, SSO} - also


def require(request: HttpRequest, verb: Verb) -> None:
    """Raise StepUpNeeded where this verb takes a fresh factor and there is none."""
    also = frozenset() if settings.SECOND_FACTOR else frozenset({PASSWORD})
    if verb in STEP_UP and not is_fresh(request.session, now=timezone.now(), also=also):
        raise StepUpNeeded


def require_for_factors(request: HttpRequest) -> None:
    """The same for one's own factors; a beginning suffices, where it is all there is."""
    also = frozenset({PASSWORD, SSO})
    if not is_fresh(request.session, now=timezone.now(), also=also):
        raise StepUpNeeded
