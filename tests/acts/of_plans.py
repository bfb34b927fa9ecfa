"""Acts about the plans of requests."""

from datetime import datetime, timedelta

from django.utils import timezone

from compliance.access import approving
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.models import PhoneNumber, PlanItem, RequestPlan, SubjectRequest
from compliance.requests import (
    carry_out,
    forgetting,
    handling,
    letters,
    plan,
    plan_keeping,
)
from compliance.requests.handling import Outcome
from recordings.models import Party
from tests.acts.planted import NUMBER, WORD, WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.recordings import PartyFactory
from tests.factories.requests import asked, verified
from tests.factories.second_person import second


def _request(cast: Cast) -> SubjectRequest:
    """An erasure by somebody who is in a call, and is known to be they."""
    number = PhoneNumber.of(NUMBER)
    call = part_of(hearable_call(cast.claims, acts=())).call
    PartyFactory.create(call=call, role=Party.Role.CALLER, number=number)
    words = {"name": WORDS, "email": "", "address": WORDS, "words": WORDS}
    made = asked(cast.officer, now=timezone.now(), numbers=(NUMBER,), **words)
    verified(made, cast.officer, now=timezone.now())
    made.refresh_from_db()
    return made


def _plan(cast: Cast) -> RequestPlan:
    return plan.make(request=_request(cast), by=cast.officer, now=timezone.now())


def _made(cast: Cast) -> Act:
    request = _request(cast)
    return lambda: plan.make(request=request, by=cast.officer, now=timezone.now())


def _changed(cast: Cast) -> Act:
    made, now = _plan(cast), timezone.now()
    ids = list(made.items.values_list("pk", flat=True))
    until = now + timedelta(days=1)
    return lambda: plan.treat(
        plan=made, items=ids, ground="claims", until=until, by=cast.officer, now=now
    )


def _worded(cast: Cast) -> Act:
    made = _plan(cast)
    return lambda: plan.reword(plan=made, reasons=WORDS, by=cast.officer)


def _reopened(cast: Cast) -> Act:
    made, now = _plan(cast), timezone.now()
    second(Role.OFFICER)
    approval = plan.freeze(plan=made, by=cast.officer, now=now)
    approving.withdraw(approval=approval, by=cast.officer, now=now)
    return lambda: plan.reopen(plan=made, by=cast.officer)


def _frozen(cast: Cast) -> Act:
    made = _plan(cast)
    second(Role.OFFICER)
    return lambda: plan.freeze(plan=made, by=cast.officer, now=timezone.now())


def _dropped(cast: Cast) -> Act:
    made = _plan(cast)
    return lambda: plan.drop(plan=made, by=cast.officer, now=timezone.now())


def _begun(cast: Cast) -> Act:
    made, other, now = _plan(cast), second(Role.OFFICER), timezone.now()
    approval = plan.freeze(plan=made, by=cast.officer, now=now)
    approving.approve(approval=approval, by=other, now=now)
    approval.refresh_from_db()
    return lambda: approving.carry_out(approval=approval, by=other, now=now)


def _running(cast: Cast) -> RequestPlan:
    _begun(cast)()
    return RequestPlan.objects.get(state=RequestPlan.State.RUNNING)


def _carry_out(made: RequestPlan, now: datetime) -> None:
    while carry_out.advance(plan_id=made.pk, now=now):
        pass


def _resumed(cast: Cast) -> Act:
    made = _plan(cast)
    now = timezone.now()
    ids = list(made.items.values_list("pk", flat=True))
    until = now + timedelta(days=1)
    plan.treat(
        plan=made, items=ids, ground="claims", until=until, by=cast.officer, now=now
    )
    RequestPlan.objects.filter(pk=made.pk).update(state="done", sha256=WORD)
    made.items.update(fate=PlanItem.Fate.KEPT)
    return lambda: plan_keeping.review(now=until + timedelta(days=1))


def _forgotten(cast: Cast) -> Act:
    now = timezone.now()
    made = _running(cast)
    _carry_out(made, now)
    request = made.request
    handling.close(
        request=request, outcome=Outcome.FULFILLED, why=WORDS, by=cast.officer, now=now
    )
    for letter in request.letters.all():
        letters.posted(letter=letter, by=cast.officer, now=now)
    return lambda: forgetting.forget(request_id=request.pk, now=now)


ACTS: Table = {
    Action.REQUEST_PLAN_MADE: _made,
    Action.REQUEST_PLAN_CHANGED: _changed,
    Action.REQUEST_PLAN_WORDED: _worded,
    Action.REQUEST_PLAN_REOPENED: _reopened,
    Action.REQUEST_PLAN_FROZEN: _frozen,
    Action.REQUEST_PLAN_DROPPED: _dropped,
    Action.REQUEST_PLAN_BEGUN: _begun,
    Action.REQUEST_PLAN_RESUMED: _resumed,
    Action.REQUEST_PERSON_FORGOTTEN: _forgotten,
}
