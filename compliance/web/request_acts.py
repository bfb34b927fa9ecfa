"""What an officer does on the page of a request: one form each, one road for all."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from redis.exceptions import RedisError

from compliance.access.guards import guarded, person_of
from compliance.access.permissions import Verb
from compliance.access.refusals import Refused, record
from compliance.models import (
    PhoneNumber,
    RequestPause,
    Restriction,
    SubjectRequest,
)
from compliance.publish import publish_after_commit
from compliance.requests import clock, codes, handling, identity, restricting
from compliance.requests.clock import NotByLaw
from compliance.requests.handling import Outcome
from compliance.requests.identity import Link, Method, Source
from compliance.tasks import deliver_letters, settle_restrictions
from compliance.web import letter_acts, outside_acts
from compliance.web import request_forms as forms
from compliance.web.request_doing import Doing, uuid_of


def _assign(one: Doing) -> str:
    handling.assign(request=one.request, to=one.said["to"], by=one.by)
    return _("It is assigned.")


def _comment(one: Doing) -> str:
    text = one.said["text"]
    handling.comment(request=one.request, text=text, by=one.by, now=one.now)
    return _("The comment is kept.")


def _pause(one: Doing) -> str:
    clock.pause(
        request=one.request,
        cause=RequestPause.Cause(one.said["cause"]),
        why=one.said["why"],
        by=one.by,
        now=one.now,
    )
    return _("The clock stands still.")


def _resume(one: Doing) -> str:
    clock.resume(request=one.request, by=one.by, now=one.now)
    return _("The clock goes on.")


def _extend(one: Doing) -> str:
    clock.extend(
        request=one.request,
        why=one.said["why"],
        stated=one.said["stated"],
        by=one.by,
        now=one.now,
    )
    return _("It is extended. Read the letter that tells why, below, and send it.")


def _link(one: Doing) -> str:
    assert isinstance(one.form, forms.LinkForm)  # noqa: S101 - for the type checker
    _linked(one, one.form.link(), Source.ADDED)
    return _("It is linked.")


def _take(one: Doing) -> str:
    """Confirm a suggestion: a number by its id, or a name."""
    if number := one.post.get("number"):
        found = get_object_or_404(PhoneNumber, pk=uuid_of(number))
        _linked(one, Link(number=found), Source.SHARED)
    elif name := one.post.get("name", "").strip()[:200]:
        _linked(one, Link(name=name), Source.SHARED)
    return _("It is linked.")


def _linked(one: Doing, what: Link, source: Source) -> None:
    identity.link(request=one.request, what=what, source=source, by=one.by, now=one.now)


def _confirm(one: Doing) -> str:
    identity.confirm(subject=one.subject, by=one.by, now=one.now)
    return _("It is confirmed as theirs.")


def _drop(one: Doing) -> str:
    identity.drop(subject=one.subject, by=one.by, now=one.now)
    return _("It is not linked any more.")


def _dates(one: Doing) -> str:
    identity.hold_between(
        subject=one.subject,
        since=one.said["held_from"],
        until=one.said["held_until"],
        by=one.by,
        now=one.now,
    )
    return _("The dates are kept.")


def _check(one: Doing) -> str:
    said = one.said | {"method": Method(one.said["method"])}
    identity.check(request=one.request, by=one.by, now=one.now, **said)
    return _("The check is put down. Whether it is enough, you decide.")


def _send_code(one: Doing) -> str:
    codes.send(subject=one.subject, by=one.by, now=one.now)
    return _("A code is on its way. It is good for ten minutes.")


def _enter_code(one: Doing) -> str:
    code = one.said["code"]
    if codes.enter(subject=one.subject, code=code, by=one.by, now=one.now):
        return _("The code is right: a passed check is put down.")
    raise NotByLaw(_("The code is wrong."))


def _verify(one: Doing) -> str:
    identity.verify(request=one.request, by=one.by, now=one.now)
    return _("The identity is verified.")


def _refuse(one: Doing) -> str:
    identity.refuse(request=one.request, why=one.said["why"], by=one.by, now=one.now)
    return _("Put down as not proved. Close the request to tell the person.")


def _close(one: Doing) -> str:
    handling.close(
        request=one.request,
        outcome=Outcome(one.said["outcome"]),
        ground=one.said["ground"],
        why=one.said["why"],
        by=one.by,
        now=one.now,
    )
    told = _("The request is closed. Evidence of identity is deleted.")
    if one.said["outcome"] in handling.TOLD:
        return f"{told} {_('Read its letter below, and send it.')}"
    return told


def _restrict(one: Doing) -> str:
    restricting.place(
        request=one.request,
        ground=Restriction.Ground(one.said["ground"]),
        why=one.said["why"],
        by=one.by,
        now=one.now,
    )
    return _("What there is about the person is restricted.")


def _lift(one: Doing) -> str:
    why = one.said["why"]
    restricting.lift(request=one.request, why=why, by=one.by, now=one.now)
    return _("It is lifted as soon as the letter about it has left.")


Act = tuple[type[forms.ActForm], Callable[[Doing], str]]
ACTS: dict[str, Act] = {
    "assign": (forms.AssignForm, _assign),
    "comment": (forms.CommentForm, _comment),
    "pause": (forms.PauseForm, _pause),
    "resume": (forms.ActForm, _resume),
    "extend": (forms.ExtendForm, _extend),
    "link": (forms.LinkForm, _link),
    "take": (forms.ActForm, _take),
    "confirm": (forms.ActForm, _confirm),
    "drop": (forms.ActForm, _drop),
    "dates": (forms.DatesForm, _dates),
    "check": (forms.CheckForm, _check),
    "send-code": (forms.ActForm, _send_code),
    "enter-code": (forms.CodeForm, _enter_code),
    "verify": (forms.ActForm, _verify),
    "refuse": (forms.RefuseIdentityForm, _refuse),
    "close": (forms.CloseForm, _close),
    "restrict": (forms.RestrictForm, _restrict),
    "lift": (forms.LiftForm, _lift),
    **letter_acts.ACTS,
    **outside_acts.ACTS,
}


@require_POST
@guarded(Verb.HANDLE_REQUEST)
def act(request: HttpRequest, request_id: UUID) -> HttpResponse:
    """Do what the form names, and go back to the page, which says what came of it."""
    about = get_object_or_404(SubjectRequest, pk=request_id)
    if (found := ACTS.get(request.POST.get("act", ""))) is None:
        raise Http404
    form = found[0](request.POST, request=about)
    if not form.is_valid():
        for errors in form.errors.values():
            messages.error(request, " ".join(map(str, errors)))
        return redirect("request", request_id)
    doing = Doing(
        request=about,
        said=form.cleaned_data,
        form=form,
        post=request.POST,
        by=person_of(request),
        now=timezone.now(),
    )
    _told(request, found[1], doing)
    return redirect("request", request_id)


def _told(request: HttpRequest, do: Callable[[Doing], str], doing: Doing) -> None:
    """Do it, and say what came of it."""
    try:
        messages.success(request, do(doing))
    except NotByLaw as refused:
        messages.error(request, str(refused))
    except Refused as refused:
        record(refused)
        messages.error(request, f"{refused.reason} {refused.ask}")
    except RedisError:
        messages.error(request, _("Codes cannot be counted now, so none is sent."))
    else:
        publish_after_commit(deliver_letters)
        publish_after_commit(settle_restrictions)
