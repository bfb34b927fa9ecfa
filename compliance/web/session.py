"""Signing in and out. Each is an entry; so is each failure."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

from compliance.access import lockout
from compliance.access.guards import public, signed_in
from compliance.access.sso import authorization, provider, sessions
from compliance.audit import context, log
from compliance.audit.actions import Action
from compliance.models import Person
from compliance.web.second_factor import after_password

METHOD = "password"


class SignInForm(AuthenticationForm):
    """E-mail and password, unless too many attempts came before."""

    username = forms.EmailField(label=_("E-mail"), max_length=254)
    attempts_over = 0
    error_messages = {
        "invalid_login": _("This e-mail and password do not belong together."),
        "inactive": _("This e-mail and password do not belong together."),
        "locked": _(
            "Too many attempts. Wait 15 minutes, or ask an administrator for help."
        ),
    }

    def clean(self) -> dict[str, Any]:
        """Check the password, having counted the attempt first."""
        email = str(self.cleaned_data.get("username", ""))
        address = context.current().address
        self.attempts_over = lockout.attempt(email=email, address=address)
        if self.attempts_over:
            raise ValidationError(self.error_messages["locked"], code="locked")
        cleaned: dict[str, Any] = super().clean()
        lockout.forgive(email=email, address=address)
        return cleaned


class SignIn(LoginView):
    """The door: local accounts with a password."""

    form_class = SignInForm
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Without local accounts the page leads to the identity provider, no more."""
        if request.method == "POST" and not settings.LOCAL_LOGIN:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        """Open the session, or go on with the second factor."""
        person = form.get_user()
        return after_password(self.request, person, back=self.get_success_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the way to the identity provider, where there is one."""
        told: dict[str, Any] = super().get_context_data(**kwargs)
        told["is_local"] = settings.LOCAL_LOGIN
        if provider.is_on():
            back = self.get_redirect_url() or resolve_url(settings.LOGIN_REDIRECT_URL)
            told["sso_url"] = reverse("sso-start", query={"next": back})
            told["sso_name"] = provider.client().name
        return told

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Enter the failure; of a locked door only the first knock."""
        over = getattr(form, "attempts_over", 0)
        if over <= 1:
            with transaction.atomic():
                log.append(
                    Action.LOGIN_FAILED,
                    subject=_known(form),
                    facts={"method": METHOD, "reason": "locked" if over else "wrong"},
                )
        return super().form_invalid(form)


class SignOut(LogoutView):
    """Closes the session; by POST only, so that no link or image can."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Enter it in the log and close the session, at the identity provider too."""
        person, leads_to = request.user, ""
        if provider.is_on() and sessions.is_of_provider(request.session):
            token = sessions.id_token(request.session)
            leads_to = authorization.sign_out_url(request, id_token=token)
        with transaction.atomic():
            if isinstance(person, Person):
                log.append(Action.LOGOUT, subject=person)
            response = super().post(request, *args, **kwargs)
        return redirect(leads_to) if leads_to else response


class OwnPassword(PasswordChangeView):
    """A new password for oneself, given the old one; other sessions end."""

    http_method_names = ("get", "head", "post")
    template_name = "compliance/password.html"
    success_url = reverse_lazy("preferences")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Only where there are local accounts at all."""
        if not settings.LOCAL_LOGIN:
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        """Change it and enter that it was changed, or neither."""
        with transaction.atomic():
            response = super().form_valid(form)
            log.append(Action.PASSWORD_SET, subject=form.user)
        messages.info(self.request, _("The new password holds from now on."))
        return response


def _known(form: AuthenticationForm) -> Person | None:
    """Whose account was tried, if there is such an account."""
    email = form.cleaned_data.get("username", "")
    return Person.objects.filter(email__iexact=email).first()


sign_in = public(SignIn.as_view())
sign_out = public(SignOut.as_view())
own_password = signed_in(OwnPassword.as_view())
