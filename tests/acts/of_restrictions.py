"""Acts about restricted processing."""

from django.utils import timezone

from compliance.audit.actions import Action
from compliance.models import Purpose, Restriction
from compliance.requests import identity, restricting
from recordings import restricted_hearing
from recordings import restricting as by_hand
from recordings.models import Call, RestrictedGround
from tests.acts.planted import WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories.hearable import hearable_call, part_of
from tests.factories.requests import asked, number_of

Ground = Restriction.Ground


def _call(cast: Cast) -> Call:
    call = hearable_call(cast.claims)
    part_of(call)
    return call


def _place(call: Call, cast: Cast) -> object:
    return by_hand.place(
        call=call,
        ground=Ground.OTHER,
        why=WORDS,
        by=cast.officer,
        now=timezone.now(),
    )


def _placed(cast: Cast) -> Act:
    call = _call(cast)
    return lambda: _place(call, cast)


def _lifted(cast: Cast) -> Act:
    call = _call(cast)
    _place(call, cast)
    return lambda: by_hand.lift(
        call=call, why=WORDS, by=cast.officer, now=timezone.now()
    )


def _heard(cast: Cast) -> Act:
    call = _call(cast)
    _place(call, cast)
    part = call.recordings.get()
    return lambda: restricted_hearing.open(
        recording_id=part.id,
        listener=cast.officer,
        purpose=Purpose.EVIDENCE,
        ground=RestrictedGround.CLAIMS,
        reason=WORDS,
        now=timezone.now(),
    )


def _by_request(cast: Cast) -> Act:
    now = timezone.now()
    request = asked(cast.officer, now=now, kind="restriction", name=WORDS, words=WORDS)
    identity.confirm(subject=number_of(request), by=cast.officer, now=now)
    return lambda: restricting.place(
        request=request, ground=Ground.CLAIMS, why=WORDS, by=cast.officer, now=now
    )


def _lift_asked(cast: Cast) -> Act:
    now = timezone.now()
    request = asked(cast.officer, now=now, kind="restriction", name=WORDS)
    identity.confirm(subject=number_of(request), by=cast.officer, now=now)
    restricting.place(
        request=request, ground=Ground.CLAIMS, why=WORDS, by=cast.officer, now=now
    )
    return lambda: restricting.lift(
        request=request, why=WORDS, by=cast.officer, now=now
    )


ACTS: Table = {
    Action.ITEM_RESTRICTED: _placed,
    Action.RESTRICTION_LIFTED: _lifted,
    Action.RESTRICTED_HEARD: _heard,
    Action.REQUEST_RESTRICTED: _by_request,
    Action.REQUEST_LIFTED: _lift_asked,
}
