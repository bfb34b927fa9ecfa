"""Acts about copies for people who ask."""

from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from compliance.audit.actions import Action
from compliance.models import RequestLetter
from recordings.copies import asking, ending, reviewing, sending, taking
from recordings.models import AccessCopy
from tests.acts.planted import WORDS
from tests.acts.table import Act, Table
from tests.cast import Cast
from tests.factories.copies import access, made
from tests.factories.hearable import hearable_call, part_of


def _made(cast: Cast) -> AccessCopy:
    part_of(hearable_call(cast.claims))
    now = timezone.now()
    return made(cast, access(cast, now=now, name=WORDS, words=WORDS), now=now)


def _asking(cast: Cast) -> Act:
    part_of(hearable_call(cast.claims))
    now = timezone.now()
    request = access(cast, now=now, name=WORDS)
    return lambda: asking.ask(request=request, by=cast.officer, now=now)


def _reviewing(cast: Cast) -> Act:
    part = part_of(hearable_call(cast.claims))
    now = timezone.now()
    request = access(cast, now=now, name=WORDS)
    return lambda: reviewing.decide(
        request=request,
        part=part,
        decision=reviewing.Decision.GIVE,
        ranges=((0, 1_000),),
        by=cast.officer,
        now=now,
    )


def _discarding(cast: Cast) -> Act:
    copy, now = _made(cast), timezone.now()
    return lambda: asking.discard(copy=copy, by=cast.officer, now=now)


def _link(cast: Cast, copy: AccessCopy) -> None:
    url = {"public_url": "https://privacy.example.org"}
    with override_settings(REQUESTS=settings.REQUESTS | url):
        sending.link(copy=copy, by=cast.officer, now=timezone.now())


def _linking(cast: Cast) -> Act:
    copy = _made(cast)
    return lambda: _link(cast, copy)


def _withdrawing(cast: Cast) -> Act:
    copy, now = _made(cast), timezone.now()
    _link(cast, copy)
    return lambda: sending.withdraw(copy=copy, by=cast.officer, now=now)


def _showing(cast: Cast) -> Act:
    copy, now = _made(cast), timezone.now()
    return lambda: sending.show(copy=copy, by=cast.officer, now=now)


def _taking(cast: Cast) -> Act:
    copy, now = _made(cast), timezone.now()
    _link(cast, copy)
    body = str(RequestLetter.objects.get(kind="copy").body)
    token = body.split("/privacy/copy/")[1].split()[0]

    def act() -> None:
        given = taking.take(token, now=now)
        if given.file:
            given.file.close()

    return act


def _proving(cast: Cast) -> Act:
    copy = _made(cast)
    AccessCopy.objects.filter(pk=copy.pk).update(state=AccessCopy.State.GONE)
    now = timezone.now()

    def act() -> None:
        ending.sweep(now=now)  # the first finds the file, and deletes it
        ending.sweep(now=now)

    return act


ACTS: Table = {
    Action.COPY_ASKED: _asking,
    Action.COPY_REVIEWED: _reviewing,
    Action.COPY_DISCARDED: _discarding,
    Action.COPY_LINK_MADE: _linking,
    Action.COPY_LINK_WITHDRAWN: _withdrawing,
    Action.COPY_KEY_TOLD: _showing,
    Action.COPY_TAKEN: _taking,
    Action.COPY_PROVED_GONE: _proving,
}
