"""One's own second factors: passkeys, an authenticator app, recovery codes.

Every step takes a proof of who one is that is not old: whoever finds an open session
must not make it his.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from compliance.access import step_up
from compliance.access.factors import kept
from compliance.access.guards import person_of, signed_in
from compliance.web.second_factor import no_longer_due

UNPROCESSABLE = 422
_P = ParamSpec("_P")
View = Callable[Concatenate[HttpRequest, _P], HttpResponse]


def _proved(view: "View[_P]") -> "View[_P]":
    """Only for who has lately proved who he is."""

    @wraps(view)
    def checked(
        request: HttpRequest, /, *args: _P.args, **kwargs: _P.kwargs
    ) -> HttpResponse:
        step_up.require_for_factors(request)
        return view(request, *args, **kwargs)

    return checked


@require_safe
@never_cache
@signed_in
@_proved
def security(request: HttpRequest) -> HttpResponse:
    """Which factors there are, and the forms to change them."""
    return _drawn(request)


@require_POST
@never_cache
@signed_in
@_proved
def options(request: HttpRequest) -> HttpResponse:
    """What the browser asks of the device for a new passkey."""
    return JsonResponse(kept.begin_passkey(person_of(request)))


@require_POST
@never_cache
@signed_in
@_proved
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Keep the passkey that the browser made."""
    name = request.POST.get("name", "").strip()
    sent = request.POST.get("credential", "")
    try:
        kept.add_passkey(by=person_of(request), name=name, credential=sent)
    except kept.DoesNotFit:
        messages.error(request, _("The passkey could not be read. Try once more."))
        return redirect("security")
    no_longer_due(request)
    messages.success(request, _("The passkey is kept."))
    return redirect("security")


@require_POST
@signed_in
@_proved
def rename(request: HttpRequest, passkey: int) -> HttpResponse:
    """Call a passkey something else."""
    name = request.POST.get("name", "")
    if not kept.rename_passkey(by=person_of(request), id=passkey, name=name):
        messages.warning(request, _("Nothing was changed: a passkey has a name."))
    return redirect("security")


@require_POST
@signed_in
@_proved
def remove_passkey(request: HttpRequest, passkey: int) -> HttpResponse:
    """Remove a passkey: it lets nobody in any more."""
    return _removed(request, kept.PASSKEY, id=passkey)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@signed_in
@_proved
def app(request: HttpRequest) -> HttpResponse:
    """Scan the QR code, and show by a first code that it worked."""
    person, problem = person_of(request), ""
    if request.method == "POST":
        try:
            kept.add_app(request.session, by=person, code=request.POST.get("code", ""))
        except kept.DoesNotFit:
            problem = _("The code does not fit. Scan the new QR code, then try again.")
        else:
            no_longer_due(request)
            messages.success(request, _("The app is set up."))
            return redirect("security")
    secret, drawing = kept.begin_app(request.session, person)
    told = {
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "drawing": mark_safe(drawing[drawing.index("<svg") :]),  # noqa: S308 ours
        "problem": problem,
    }
    status = UNPROCESSABLE if problem else 200
    return render(request, "compliance/security_app.html", told, status=status)


@require_POST
@signed_in
@_proved
def remove_app(request: HttpRequest) -> HttpResponse:
    """Forget the app: its codes let nobody in any more."""
    return _removed(request, kept.APP)


@require_POST
@never_cache
@signed_in
@_proved
def recovery(request: HttpRequest) -> HttpResponse:
    """Make ten new recovery codes: this answer is the only one that shows them."""
    person = person_of(request)
    if not kept.has_any(person):
        return redirect("security")
    codes = kept.new_recovery_codes(by=person)
    return render(request, "compliance/security_codes.html", {"codes": codes})


def _removed(request: HttpRequest, kind: str, **which: Any) -> HttpResponse:
    try:
        gone = kept.remove(by=person_of(request), kind=kind, **which)
    except kept.LastFactor:
        words = _("This is your only second factor. Add another one first.")
        messages.warning(request, words)
        return redirect("security")
    if gone:
        messages.success(request, _("It is removed."))
    return redirect("security")


def _drawn(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    kinds = kept.kinds(person)
    told = {
        "passkeys": kept.passkeys_of(person),
        "has_app": kept.APP in kinds,
        "has_any": bool(kinds),
        "codes_left": kept.recovery_codes_left(person),
    }
    return render(request, "compliance/security.html", told)
