"""Proving once more who one is: asked for in the way of an act, and the page itself."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from compliance.access import lockout, step_up
from compliance.access.factors import kept, proof
from compliance.access.factors.proof import NotProved
from compliance.access.guards import person_of, signed_in
from compliance.access.sso import provider, sessions
from compliance.audit import context
from compliance.models import Person
from compliance.web.unauthorized import HINT

FORBIDDEN, UNPROCESSABLE = 403, 422
FACTOR = "second_factor"


def asked_for(request: HttpRequest) -> HttpResponse:
    """What somebody gets in place of an act that takes a fresh second factor.

    A page is led there and back. What was sent stays in the answer, to be sent again. A
    part of a page gets 403 with a code and where to go, in a tab of its own.
    """
    if request.method in {"GET", "HEAD"} and _is_page(request):
        back = request.get_full_path()
        return redirect(reverse("step-up", query={"next": back}))
    there = reverse("step-up", query={"next": reverse("step-up-done")})
    reason = _("This takes a second factor that you have shown lately.")
    if _is_page(request):
        told = {"reason": reason, "there": there, "sent": _sent(request)}
        return render(request, "compliance/step_up_hint.html", told, status=FORBIDDEN)
    told = {"code": step_up.NEEDED, "reason": reason, "sign_in": there}
    return JsonResponse(told, status=FORBIDDEN, headers={HINT: there})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
def prove(request: HttpRequest) -> HttpResponse:
    """Show a passkey or a code, or go to the identity provider; then back to `next`."""
    person = person_of(request)
    back = safe_back(request)
    problem = ""
    if request.method == "POST":
        try:
            method = _proved(request, person)
        except NotProved as error:
            shown = step_up.PASSWORD if "password" in request.POST else FACTOR
            step_up.failed(method=shown, is_locked=error.is_locked, by=person)
            problem = problem_of(error)
        else:
            now = timezone.now()
            step_up.done(request.session, method=method, by=person, now=now)
            return redirect(back)
    status = UNPROCESSABLE if problem else 200
    told = {**ways_of(request, person), "next": back, "problem": problem}
    return render(request, "compliance/step_up.html", told, status=status)


@require_POST
@never_cache
@signed_in
def options(request: HttpRequest) -> HttpResponse:
    """What the browser asks of the device."""
    return JsonResponse(proof.begin(person_of(request)))


@require_safe
@signed_in
def done(request: HttpRequest) -> HttpResponse:
    """The end of it in a tab of its own."""
    return render(request, "compliance/step_up_done.html")


def ways_of(request: HttpRequest, person: Person) -> dict[str, Any]:
    """In which ways somebody can prove who he is, as the page draws them."""
    kinds = kept.kinds(person)
    by_provider = provider.is_on() and sessions.is_of_provider(request.session)
    again = {"anew": 1, "next": safe_back(request)}
    return {
        "by_passkey": kept.PASSKEY in kinds,
        "by_code": bool(kinds),
        "by_provider": reverse("sso-start", query=again) if by_provider else "",
        "by_password": _may_use_password(request, person) and not kinds,
        "must_set_up": settings.SECOND_FACTOR and not kinds and not by_provider,
    }


def problem_of(error: NotProved) -> str:
    """What does not fit, in words."""
    if error.is_locked:
        return _(
            "Too many attempts. Wait 15 minutes, or ask an administrator for help."
        )
    return _("This does not fit. Try once more.")


def shown(person: Person, request: HttpRequest) -> str:
    """The method of the passkey or code that was sent. Raises NotProved."""
    if "credential" in request.POST:
        return proof.by_passkey(person, credential=request.POST["credential"])
    return proof.by_code(person, code=request.POST.get("code", "")[:64])


def safe_back(request: HttpRequest) -> str:
    """The page of ours to return to: `next`, or the home page."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    if not safe or urlsplit(wanted).path == reverse("step-up"):
        return reverse("home")
    return wanted


def _proved(request: HttpRequest, person: Person) -> str:
    if "password" not in request.POST:
        return shown(person, request)
    if not _may_use_password(request, person) or kept.has_any(person):
        raise NotProved(is_locked=False)
    told = {"email": person.email, "address": context.current().address}
    if lockout.attempt(**told):
        raise NotProved(is_locked=True)
    if not person.check_password(request.POST["password"]):
        raise NotProved(is_locked=False)
    lockout.forgive(**told)
    return step_up.PASSWORD


def _may_use_password(request: HttpRequest, person: Person) -> bool:
    """A session of the identity provider is vouched for there, not by a password."""
    is_local = not sessions.is_of_provider(request.session)
    return settings.LOCAL_LOGIN and is_local and person.has_usable_password()


def _is_page(request: HttpRequest) -> bool:
    return "HX-Request" not in request.headers and request.accepts("text/html")


def _sent(request: HttpRequest) -> list[tuple[str, str]]:
    return [
        (name, str(value))
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
