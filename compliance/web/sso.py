"""Signing in through the identity provider, and what it has to say later."""

from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from compliance.access import step_up
from compliance.access.factors import kept
from compliance.access.guards import public, signed_in
from compliance.access.sso import authorization, backend, provider, sessions, tokens
from compliance.access.sso.authorization import Asked
from compliance.access.sso.backend import ProviderBackend
from compliance.access.sso.rejections import Code, Rejected
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import Person
from compliance.web.choices import remember_choices
from compliance.web.sso_words import WORDS

METHOD = "sso"
BAD_REQUEST = 400
SILENCE = {
    "login_required",
    "interaction_required",
    "consent_required",
    "account_selection_required",
}
"""How a provider says that somebody would have to type something (Core 3.1.2.6)."""
PASSING = {Code.STATE, Code.REUSED, Code.UNREACHABLE, Code.DISCOVERY, Code.CLIENT}
"""What says nothing of the person: a check that fails so may be tried again."""


@public
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """Send the browser to the provider; `next` is the page to return to.

    `again=1` checks a running session: nothing is shown there if nothing has to be.
    `anew=1` has its person show once more who he is.
    """
    _require_provider()
    person = request.user
    silently = "again" in request.GET and isinstance(person, Person)
    anew = "anew" in request.GET and isinstance(person, Person)
    who = cast("Person", person).email if silently or anew else ""
    back = _safe_path(request, request.GET.get("next", ""))
    try:
        leads_to = authorization.url(
            request, back=back, silently=silently, anew=anew, who=who
        )
    except Rejected as rejected:
        return refuse(request, rejected, back=back)
    return redirect(leads_to)


@public
@require_safe
def callback(request: HttpRequest) -> HttpResponse:
    """Take the provider's answer: open the session, or say why not."""
    _require_provider()
    asked = None
    try:
        asked = authorization.answered(request)
        _refuse_error(request, asked)
        by = ProviderBackend()
        person = by.authenticate(
            request, nonce=asked.nonce, code_verifier=asked.code_verifier
        )
        if person is None:
            raise Rejected(Code.STATE)
        if asked.anew_since:
            tokens.check_shown_since(by.told, since=asked.anew_since)
    except Rejected as rejected:
        if asked and asked.silently and rejected.code not in PASSING:
            end_here(request)
        return refuse(request, rejected, back=asked.back if asked else "")
    _open(request, person, by)
    if asked.anew_since:
        step_up.done(request.session, method="provider", by=person, now=timezone.now())
    response = redirect(asked.back)
    remember_choices(response, person)
    return response


@signed_in
@require_safe
def confirmed(request: HttpRequest) -> HttpResponse:
    """The end of a check in a tab of its own."""
    return render(request, "compliance/sso_confirmed.html")


@public
@csrf_exempt
@require_POST
def back_channel_logout(request: HttpRequest) -> HttpResponse:
    """The provider itself ends sessions (Back-Channel Logout 1.0, 2.5 and 2.8)."""
    _require_provider()
    try:
        sessions.end_by_provider(
            request.POST.get("logout_token", ""), now=timezone.now()
        )
    except Rejected as rejected:
        told = {"error": "invalid_request", "error_description": rejected.code}
        return JsonResponse(told, status=BAD_REQUEST)
    return HttpResponse()


def refuse(request: HttpRequest, rejected: Rejected, *, back: str) -> HttpResponse:
    """A page that says why nobody was signed in and what to do; an entry, too."""
    words = WORDS[rejected.code]
    with transaction.atomic():
        log.append(
            Action.LOGIN_FAILED,
            subject=rejected.person,
            facts={"method": METHOD, "reason": rejected.code},
        )
    told = {
        "words": words,
        "code": rejected.code.value,
        "again": reverse("sso-start", query={"next": back} if back else None),
    }
    return render(request, "compliance/sso_failed.html", told, status=words.status)


def _open(request: HttpRequest, person: Person, by: ProviderBackend) -> None:
    """Open the session and enter it in the log, or neither; a check has no entry."""
    now = timezone.now()
    with transaction.atomic():
        if request.user != person or not sessions.is_of_provider(request.session):
            auth.login(request, person, backend=backend.PATH)
            log.append(
                Action.LOGIN, subject=person, facts={"method": METHOD}, actor=person
            )
            if not kept.has_any(person):
                step_up.note(request.session, method=step_up.SSO, now=now)
        sessions.opened(
            request.session,
            told=by.told,
            id_token=by.id_token,
            refresh_token=by.refresh_token,
            now=now,
        )


def _refuse_error(request: HttpRequest, asked: Asked) -> None:
    """What the provider answered in place of a code."""
    error = request.GET.get("error")
    if not error:
        return
    if asked.silently and error in SILENCE:
        raise Rejected(Code.SIGNED_OUT)
    raise Rejected(Code.DENIED if error == "access_denied" else Code.PROVIDER)


def end_here(request: HttpRequest) -> None:
    """The provider vouches for this session no more."""
    person = request.user
    with transaction.atomic():
        if isinstance(person, Person):
            log.append(
                Action.SESSION_ENDED_BY_PROVIDER,
                subject=person,
                facts={"reason": "recheck"},
            )
        auth.logout(request)


def _require_provider() -> None:
    if not provider.is_on():
        raise Http404


def _safe_path(request: HttpRequest, wanted: str) -> str:
    """A path of ours, or the home page: no other host, and no page of signing in."""
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    doors = {reverse("login"), reverse("logout"), reverse("sso-start")}
    if not safe or urlsplit(wanted).path in doors:
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    return wanted
