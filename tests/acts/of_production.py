"""Acts about what is produced for a court, an authority or a client."""

from datetime import timedelta

from django.utils import timezone

from compliance.access import approving
from compliance.access.roles import Role
from compliance.audit.actions import Action
from compliance.custody import Scope
from compliance.models import Approval
from recordings.models import Production
from recordings.productions import asking, course, taking
from recordings.productions.asking import Wanted
from tests.acts.planted import WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.productions import worked
from tests.factories.second_person import second


def _wanted(cast: Cast) -> Wanted:
    call = hearable_call(cast.claims)
    part_of(call)
    second(Role.OFFICER)
    return Wanted(
        to=Production.To.COURT,
        recipient=WORDS,
        matter=WORDS,
        basis=WORDS,
        due_at=timezone.now() + timedelta(days=1),
        scope=Scope(calls=(call.pk,)),
    )


def _asked(cast: Cast) -> Production:
    return asking.ask(wanted=_wanted(cast), by=cast.officer, now=timezone.now())


def _asking(cast: Cast) -> Act:
    wanted = _wanted(cast)
    return lambda: asking.ask(wanted=wanted, by=cast.officer, now=timezone.now())


def _agreeing(cast: Cast) -> Act:
    production, now = _asked(cast), timezone.now()
    approval = Approval.objects.get(content__production=str(production.pk))
    (other,) = approving.approvers(approval, now=now)
    approving.approve(approval=approval, by=other, now=now)
    approval.refresh_from_db()
    return lambda: approving.carry_out(approval=approval, by=other, now=now)


def _cancelling(cast: Cast) -> Act:
    production = _asked(cast)
    return lambda: course.cancel(
        production=production, by=cast.officer, now=timezone.now()
    )


def _taking(cast: Cast) -> Act:
    _agreeing(cast)()
    now = timezone.now()
    worked(now=now)
    volume = Production.objects.get().volumes.get(number=1)

    def act() -> None:
        given = taking.take(volume_id=volume.pk, by=cast.officer, now=now)
        if given.file:
            given.file.close()

    return act


ACTS: Table = {
    Action.PRODUCTION_ASKED: _asking,
    Action.PRODUCTION_BEGUN: _agreeing,
    Action.PRODUCTION_CANCELLED: _cancelling,
    Action.PRODUCTION_TAKEN: _taking,
}
