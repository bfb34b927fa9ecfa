"""People, their roles and the keys of services."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.password_validation import validate_password
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.access import grants, people, staff
from compliance.access.guards import person_of
from compliance.access.permissions import Verb
from compliance.access.roles import Role
from compliance.access.sso import provider
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import Person, PersonSession, RoleGrant, ServiceKey


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who somebody is; a password only where there is no identity provider."""

    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Empty: leave it as it is"),
    )

    staff_identities = forms.CharField(
        label=_("Identities in calls"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_(
            "Under which this person joins LiveKit's rooms, one in a line: they make a"
            " call his own. One that was somebody's cannot become another's."
        ),
    )

    class Meta:
        model = Person
        fields = ["name", "email", "kind", "is_active", "is_break_glass", "subject"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "staff_identities" in self.fields:
            held = (row.identity for row in staff.of(self.instance))
            self.fields["staff_identities"].initial = "\n".join(held)

    def clean_staff_identities(self) -> list[str]:
        """Each once, and none that is or was another's."""
        said: list[str] = self.cleaned_data["staff_identities"].splitlines()
        for identity in said:
            if staff.is_anothers(identity.strip(), self.instance):
                raise forms.ValidationError(
                    _("%(identity)s is or was another person's."),
                    params={"identity": identity.strip()},
                )
        return said

    def clean_email(self) -> str:
        """One spelling."""
        email: str = self.cleaned_data["email"]
        return email.lower()

    def clean_subject(self) -> str:
        """One person an account."""
        subject: str = self.cleaned_data["subject"].strip()
        if subject and provider.is_on():
            same = Person.objects.filter(
                issuer=provider.client().issuer, subject=subject
            )
            if same.exclude(pk=self.instance.pk).exists():
                raise forms.ValidationError(_("Somebody else has this account."))
        return subject

    def clean_new_password(self) -> str:
        """Strong enough, or a message that says why not."""
        password: str = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        return password


@admin.register(Person, site=site)
class PersonAdmin(GuardedAdmin):
    """People are shut out, not deleted: what they did stays theirs."""

    see = edit = Verb.GRANT_ROLE
    form = PersonForm
    fields = (
        "name",
        "email",
        "kind",
        "is_active",
        "is_break_glass",
        "subject",
        "staff_identities",
        "new_password",
        "last_login",
    )
    readonly_fields = ("last_login",)
    list_display = ("name", "email", "kind", "is_active", "last_login")
    list_filter = ("kind", "is_active", "is_break_glass")
    search_fields = ("name", "email")
    ordering = ("name",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Services take part in no call as staff, and nobody whom we do not know yet."""
        is_staff = obj is not None and obj.kind == Person.Kind.HUMAN
        return [f for f in self.fields if is_staff or f != "staff_identities"]

    def get_readonly_fields(
        self, request: HttpRequest, obj: Any = None
    ) -> tuple[str, ...]:
        """What somebody is, person or service, is settled when he is taken in."""
        settled = (
            ("last_login", "kind")
            if obj
            else ("last_login", "is_active", "is_break_glass")
        )
        return settled if obj and provider.is_on() else (*settled, "subject")

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Through the use cases."""
        password = form.cleaned_data.get("new_password")
        if not change:
            enrolled = people.enrol(
                name=obj.name,
                email=obj.email,
                kind=obj.kind,
                password=password,
                by=person_of(request),
            )
            obj.pk, obj.password = enrolled.pk, enrolled.password
            obj._state.adding = False
            return
        if "is_active" in form.changed_data:
            people.set_active(person=obj, active=obj.is_active, by=person_of(request))
        if "is_break_glass" in form.changed_data:
            people.mark_break_glass(
                person=obj, is_one=obj.is_break_glass, by=person_of(request)
            )
        if "subject" in form.changed_data:
            people.tie(
                person=obj,
                issuer=provider.client().issuer,
                subject=obj.subject,
                by=person_of(request),
            )
        if "staff_identities" in form.changed_data:
            staff.say(
                person=obj,
                identities=form.cleaned_data["staff_identities"],
                by=person_of(request),
                now=timezone.now(),
            )
        obj.save(update_fields=["name", "email"])
        if password:
            people.set_password(person=obj, password=password, by=person_of(request))


class GrantForm(forms.ModelForm):  # type: ignore[type-arg]
    """Who, which role, how far, until when."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)

    class Meta:
        model = RoleGrant
        fields = ["person", "group", "role", "team", "region", "valid_until"]
        help_texts = {
            "team": _("Empty, like the region: the role reaches everything"),
        }

    is_own = forms.BooleanField(label=_("For own calls"), required=False)

    def clean(self) -> dict[str, Any]:
        """One scope, and not for oneself."""
        cleaned: dict[str, Any] = super().clean() or {}
        if sum(bool(cleaned.get(name)) for name in ("team", "region", "is_own")) > 1:
            raise forms.ValidationError(
                _("Choose a team, a region or own calls: one at most.")
            )
        if bool(cleaned.get("person")) == bool(cleaned.get("group")):
            raise forms.ValidationError(_("Choose a person or a group."))
        scopes = RoleGrant.Scope
        self.instance.scope = (
            scopes.OWN
            if cleaned.get("is_own")
            else scopes.TEAM
            if cleaned.get("team")
            else scopes.REGION
            if cleaned.get("region")
            else scopes.EVERYTHING
        )
        return cleaned


@admin.register(RoleGrant, site=site)
class RoleGrantAdmin(GuardedAdmin):
    """Roles are given and ended; a grant itself is never changed."""

    see = edit = Verb.GRANT_ROLE
    form = GrantForm
    list_display = (
        "holder",
        "role",
        "reach",
        "valid_from",
        "valid_until",
        "granted_by",
    )
    list_filter = ("role", "scope", "team", "region")
    list_select_related = ("person", "group", "team", "region", "granted_by")
    search_fields = ("person__name", "person__email", "group__name")
    autocomplete_fields = ("person", "group", "team", "region")
    ordering = ("-valid_from",)
    actions = ("end_now",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """How far it reaches is chosen when it is given, and read afterwards."""
        reach = "scope" if obj else "is_own"
        return ["person", "group", "role", "team", "region", reach, "valid_until"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: the list offers 'end now', and a row opens to be read."""
        return False

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: Any
    ) -> None:
        """Through the use case."""
        given = grants.grant(
            person=obj.person,
            group=obj.group,
            role=Role(obj.role),
            by=person_of(request),
            now=timezone.now(),
            region=obj.region,
            team=obj.team,
            is_own=form.cleaned_data["is_own"],
            until=obj.valid_until,
        )
        obj.pk = given.pk

    @admin.action(description=_("End the chosen roles now"))
    def end_now(
        self, request: HttpRequest, chosen: "models.QuerySet[RoleGrant]"
    ) -> None:
        """Through the use case."""
        for grant in chosen:
            grants.end(grant=grant, by=person_of(request), now=timezone.now())
        messages.info(request, _("The roles have ended."))


@admin.register(PersonSession, site=site)
class PersonSessionAdmin(GuardedAdmin):
    """Who is signed in; a session is ended by its person, or by shutting him out."""

    see = Verb.GRANT_ROLE
    fields = ("person", "began_at", "seen_at", "expire_date", "address", "browser")
    list_display = ("person", "began_at", "seen_at", "expire_date")
    list_select_related = ("person",)
    search_fields = ("person__name", "person__email")
    ordering = ("-seen_at",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[PersonSession]":
        """Without the sessions of those who have not signed in yet."""
        return super().get_queryset(request).exclude(person=None)


@admin.register(ServiceKey, site=site)
class ServiceKeyAdmin(GuardedAdmin):
    """Keys to be searched and read: they are made and revoked on their own page."""

    see = Verb.MANAGE_KEYS
    list_display = ("prefix", "service", "name", "created", "revoked", "expiry_date")
    list_filter = ("revoked",)
    list_select_related = ("service",)
    search_fields = ("prefix", "service__name")
    ordering = ("-created",)
