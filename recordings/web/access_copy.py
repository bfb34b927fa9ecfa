"""The copy for the person of a request: make it, see what is in it, give it away."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from compliance.access import step_up
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.models import Person, RequestSubject, SubjectRequest
from compliance.packages import NotThere
from compliance.publish import publish_after_commit
from compliance.requests import codes
from compliance.requests.clock import NotByLaw
from compliance.retention.periods import legal_calendar
from compliance.tasks import deliver_letters
from recordings.copies import asking, sending, taking
from recordings.copies.judging import Cut
from recordings.copy_tasks import settle_copies
from recordings.models import AccessCopy, CopyItem
from recordings.web.leaving import answered

logger = logging.getLogger(__name__)

SHOWN = 200
"""Recordings on the page; the others are told by their number."""
State = AccessCopy.State
TONES = {
    State.WAITING: ("wait", ""),
    State.MAKING: ("work", ""),
    State.READY: ("check", "green"),
    State.FAILED: ("cross", "red"),
    State.GONE: ("gone", "faint"),
}


@require_safe
@never_cache
@guarded(Verb.HANDLE_REQUEST)
def page(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """What would be in it, or is. While it is being made, the page asks again."""
    found = get_object_or_404(SubjectRequest, pk=request_id)
    return _page(request, found)


@require_POST
@guarded(Verb.HANDLE_REQUEST)
def act(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Do what the form names, and go back to the page, which says what came of it."""
    about = get_object_or_404(SubjectRequest, pk=request_id)
    if (do := ACTS.get(request.POST.get("act", ""))) is None:
        raise Http404
    step_up.require(request, Verb.DOWNLOAD)
    try:
        told = do(about, person_of(request), timezone.now(), request)
    except NotByLaw as refused:
        messages.error(request, str(refused))
    except Refused as refused:
        record(refused)
        messages.error(request, f"{refused.reason} {refused.ask}")
    else:
        messages.success(request, told)
        publish_after_commit(settle_copies)
        publish_after_commit(deliver_letters)
    return redirect("access-copy", request_id)


@require_POST
@never_cache
@guarded(Verb.HANDLE_REQUEST)
def show(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """The passphrase, this once, on a page that nothing keeps."""
    about = get_object_or_404(SubjectRequest, pk=request_id)
    step_up.require(request, Verb.DOWNLOAD)
    try:
        told = sending.show(
            copy=_current(about), by=person_of(request), now=timezone.now()
        )
    except NotByLaw as refused:
        messages.error(request, str(refused))
        return redirect("access-copy", request_id)
    return _page(request, about, passphrase=told)


@require_safe
@never_cache
@guarded(Verb.HANDLE_REQUEST)
def file(request: HttpRequest, request_id: UUID) -> HttpResponseBase:
    """The encrypted file, for an officer who hands it over. Each time is an entry."""
    about = get_object_or_404(SubjectRequest, pk=request_id)
    step_up.require(request, Verb.DOWNLOAD)
    try:
        given = taking.hand_over(
            copy=_current(about), by=person_of(request), now=timezone.now()
        )
    except NotThere as error:
        if error.__cause__:
            logger.exception("copies.no_file")
        messages.warning(request, _("This file is not there."))
        return redirect("access-copy", request_id)
    return answered(given)


def _make(
    about: SubjectRequest, by: Person, now: datetime, _request: HttpRequest
) -> str:
    asking.ask(request=about, by=by, now=now)
    return _("It is being made. You may leave this page: it goes on by itself.")


def _discard(
    about: SubjectRequest, by: Person, now: datetime, _request: HttpRequest
) -> str:
    asking.discard(copy=_current(about), by=by, now=now)
    return _("It is discarded; its links end now, and its file is being deleted.")


def _link(
    about: SubjectRequest, by: Person, now: datetime, _request: HttpRequest
) -> str:
    sending.link(copy=_current(about), by=by, now=now)
    return _(
        "A letter with a new link is written; earlier links are not good any more."
    )


def _withdraw(
    about: SubjectRequest, by: Person, now: datetime, _request: HttpRequest
) -> str:
    sending.withdraw(copy=_current(about), by=by, now=now)
    return _("The link is withdrawn.")


def _text(
    about: SubjectRequest, by: Person, now: datetime, request: HttpRequest
) -> str:
    rows = RequestSubject.objects.select_related("request", "number")
    try:
        key = UUID(request.POST.get("subject", ""))
    except ValueError:
        raise Http404 from None
    subject = get_object_or_404(rows, pk=key, request=about)
    sending.text(copy=_current(about), subject=subject, by=by, now=now)
    return _("The passphrase is on its way to the number.")


ACTS: dict[str, Callable[[SubjectRequest, Person, datetime, HttpRequest], str]] = {
    "make": _make,
    "discard": _discard,
    "link": _link,
    "withdraw": _withdraw,
    "text": _text,
}


def _current(about: SubjectRequest) -> AccessCopy:
    found = asking.current(about)
    if found is None:
        raise Http404
    return found


def _page(
    request: HttpRequest, found: SubjectRequest, *, passphrase: str = ""
) -> HttpResponse:
    now, copy = timezone.now(), asking.current(found)
    context = {
        "request_row": found,
        "copy": copy,
        "mark": TONES[State(copy.state)] if copy else ("none", "faint"),
        "is_there": copy.is_there(now=now) if copy else False,
        "is_live": _is_live(copy, now),
        "may_make": found.is_open
        and found.kind in SubjectRequest.BY_COPY
        and found.identity == SubjectRequest.Identity.VERIFIED,
        "may_link": sending.may_link(),
        "passphrase": passphrase,
        **_contents(found, copy, now),
        **(_ways_out(found, copy, now) if copy else {}),
    }
    return render(request, "recordings/access_copy.html", context)


def _is_live(copy: AccessCopy | None, now: datetime) -> bool:
    """Whether it is made or being made: another one has to wait for its end."""
    if copy is None or copy.discarded_at is not None:
        return False
    return copy.is_unfinished or copy.is_there(now=now)


def _contents(
    found: SubjectRequest, copy: AccessCopy | None, now: datetime
) -> dict[str, Any]:
    """What is in it; before it is made, what would be."""
    if copy and copy.state == State.READY and copy.discarded_at is None:
        rows = copy.contents.select_related("recording", "call").order_by("position")
        return {"items": rows[:SHOWN], "withheld": copy.planned - copy.given}
    if _is_live(copy, now):
        return {"is_making": True}  # the page asks again: not to judge all each time
    told = asking.outlook(found, now=now)
    lines = [
        {
            "part": one.part,
            "is_alone": one.is_alone,
            "review": one.review,
            "withheld": ""
            if isinstance(one.verdict, Cut)
            else CopyItem.Withheld(one.verdict),
            "sound": one.verdict.sound if isinstance(one.verdict, Cut) else "",
            "may_review": one.part.is_hearable,
        }
        for one in told
    ]
    unreviewed = [
        one for one in lines if one["withheld"] == CopyItem.Withheld.UNREVIEWED
    ]
    return {
        "outlook": lines[:SHOWN],
        "parts": len(lines),
        "leaving": sum(not one["withheld"] for one in lines),
        "unreviewed": len(unreviewed),
    }


def _ways_out(found: SubjectRequest, copy: AccessCopy, now: datetime) -> dict[str, Any]:
    linked = found.subjects.exclude(confirmed_at=None).exclude(number=None)
    today = legal_calendar().day_of(now)
    links = [
        (one, one.is_good(now=now), one.tries_left(now=now))
        for one in copy.links.order_by("-made_at")
    ]
    return {
        "links": links,
        "has_good_link": any(good for _one, good, _left in links),
        "numbers": [
            one for one in linked.select_related("number") if one.is_held(on=today)
        ]
        if codes.may_send()
        else [],
    }
