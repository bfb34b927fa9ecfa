"""The admin site: who may enter, and what of it, is asked of `access.policy` alone."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compliance.access import policy
from compliance.access.guards import mark, public
from compliance.access.permissions import Verb


class EarwitnessAdmin(AdminSite):
    """Django's admin behind our door: our sign-in, our refusals, our audit log."""

    site_header = _("Earwitness settings")
    site_title = _("Earwitness")
    index_title = _("What would you like to see?")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Whether this person may enter at all."""
        return policy.allows(request.user, Verb.USE_ADMIN)

    def admin_view(  # type: ignore[override]
        self,
        view: Callable[..., Any],
        cacheable: bool = False,  # noqa: FBT001, FBT002
    ) -> Callable[..., Any]:
        """Refuse signed-in people without the verb as everywhere else: with a reason."""
        inner: Callable[..., HttpResponseBase] = super().admin_view(view, cacheable)

        @wraps(view)
        def checked(
            request: HttpRequest, *args: Any, **kwargs: Any
        ) -> HttpResponseBase:
            if request.user.is_authenticated:
                policy.require(request.user, Verb.USE_ADMIN)
            return inner(request, *args, **kwargs)

        return mark(checked, Verb.USE_ADMIN.value)

    @staticmethod
    @public
    def login(
        request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """There is one door: the sign-in of the pages."""
        back = request.GET.get("next") or reverse("admin:index")
        return redirect(reverse("login", query={"next": back}))

    def get_urls(self) -> list[Any]:
        """Without 'view on site': no row of ours has a page of its own there."""
        return [
            url
            for url in super().get_urls()
            if getattr(url, "name", None) != "view_on_site"
        ]

    def logout(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Signing out is done, and audited, by the pages."""
        return redirect("home")

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """So is changing one's own password."""
        return redirect("password")


site = EarwitnessAdmin()
site.disable_action("delete_selected")
