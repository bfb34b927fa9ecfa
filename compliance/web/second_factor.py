"""After the password: the second factor. And nothing else before there is one."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from compliance.access import alarms, step_up
from compliance.access.factors import kept, proof
from compliance.access.factors.proof import NotProved
from compliance.access.guards import MARK, PUBLIC, public
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person
from compliance.web.choices import remember_choices
from compliance.web.stepping_up import (
    FACTOR,
    FORBIDDEN,
    UNPROCESSABLE,
    problem_of,
    shown,
)

BACKEND = "compliance.access.backend.PasswordBackend"
WAITS_SECONDS = 10 * 60
_WAITING = "second_factor_of"
_DUE = "second_factor_due"
OF_THE_SET_UP = {"session", "step-up", "step-up-options", "step-up-done"}
"""Routes that stay open until there is a factor, beside those of the page itself."""


def after_password(request: HttpRequest, person: Person, *, back: str) -> HttpResponse:
    """Open the session, or ask for the second factor first where there is one."""
    if not kept.has_any(person):
        return opened(request, person, method=step_up.PASSWORD, back=back)
    request.session.flush()
    request.session[_WAITING] = {
        "person": str(person.pk),
        "hash": person.get_session_auth_hash(),
        "at": timezone.now().timestamp(),
        "back": back,
    }
    return redirect("second-factor")


def opened(
    request: HttpRequest, person: Person, *, method: str, back: str
) -> HttpResponse:
    """Open the session and enter it in the log, or neither; a bell for break-glass."""
    now = timezone.now()
    with transaction.atomic():
        auth.login(request, person, backend=BACKEND)
        log.append(Action.LOGIN, subject=person, facts={"method": method}, actor=person)
        step_up.note(request.session, method=method, now=now)
        if settings.SECOND_FACTOR and method == step_up.PASSWORD:
            request.session[_DUE] = True
        if person.is_break_glass:
            entry = log.append(Action.BREAK_GLASS_USED, subject=person, actor=person)
            alarms.break_glass_used(entry_id=entry.id, now=now)
    response = redirect(back)
    remember_choices(response, person)
    return response


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """The second step of signing in; back to the first where it was too long ago."""
    person, back = _waiting(request)
    if person is None:
        return redirect("login")
    problem = ""
    if request.method == "POST":
        try:
            method = shown(person, request)
        except NotProved as error:
            _enter_failure(person, error)
            problem = problem_of(error)
        else:
            del request.session[_WAITING]
            return opened(request, person, method=method, back=back)
    told = {"by_passkey": kept.PASSKEY in kept.kinds(person), "problem": problem}
    status = UNPROCESSABLE if problem else 200
    return render(request, "registration/second_factor.html", told, status=status)


@public
@never_cache
@require_POST
def options(request: HttpRequest) -> HttpResponse:
    """What the browser asks of the device."""
    person, _back = _waiting(request)
    if person is None:
        raise Http404
    return JsonResponse(proof.begin(person))


def no_longer_due(request: HttpRequest) -> None:
    """There is a factor now: the session is like any other."""
    request.session.pop(_DUE, None)
    step_up.forget_beginning(request.session)


class SecondFactorDue:
    """Lets nobody do anything before he has the second factor that he must have."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve the request."""
        return self.get_response(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponseBase],
        _args: Any,
        _kwargs: Any,
    ) -> HttpResponse | None:
        """Nothing, or the way to the page where a factor is set up."""
        if getattr(view, MARK, "") == PUBLIC or _DUE not in request.session:
            return None
        name = (request.resolver_match and request.resolver_match.url_name) or ""
        if name in OF_THE_SET_UP or name.startswith("security"):
            return None
        if request.accepts("text/html") and "HX-Request" not in request.headers:
            return redirect("security")
        return JsonResponse({"code": "second_factor_due"}, status=FORBIDDEN)


def _waiting(request: HttpRequest) -> tuple[Person | None, str]:
    """Whose password was right a moment ago, and where he wanted to go."""
    waiting = request.session.get(_WAITING)
    if not settings.LOCAL_LOGIN:
        raise Http404
    if not waiting or timezone.now().timestamp() - waiting["at"] > WAITS_SECONDS:
        return None, ""
    person = Person.objects.filter(pk=waiting["person"], is_active=True).first()
    if person is None or person.get_session_auth_hash() != waiting["hash"]:
        return None, ""
    return person, waiting["back"]


def _enter_failure(person: Person, error: NotProved) -> None:
    reason = "locked" if error.is_locked else "wrong"
    with transaction.atomic():
        log.append(
            Action.LOGIN_FAILED,
            subject=person,
            facts={"method": FACTOR, "reason": reason},
        )
