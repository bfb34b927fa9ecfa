"""What every list of the admin site has in common."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.text import capfirst

from compliance.access import policy, step_up
from compliance.access.permissions import Verb
from compliance.access.refusals import Hidden
from compliance.admin.paging import EstimatedPaginator
from compliance.audit import registered
from compliance.models.fields import EncryptedTextField


class GuardedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """A model under two verbs: one to see its rows, one to change them (or none).

    `team_path` leads from a row to the id of its team and narrows the list; where it
    is empty the rows belong to everybody, and only who reaches everything sees them.
    Nothing is deleted here: what has a lifecycle ends by its use case. Django's own
    history of the admin is not written, the audit log is.
    """

    see: Verb = Verb.USE_ADMIN
    edit: Verb | None = None
    team_path: str = ""
    paginator = EstimatedPaginator
    show_full_result_count = False
    list_per_page = 50

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """The rows this person may see."""
        rows = super().get_queryset(request)
        scope = policy.scope_for(request.user, self.see)
        if not self.team_path:
            return rows if scope.everything else rows.none()
        return scope.narrow(rows, self.team_path)

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """The row, if this person may see it.

        Raises Http404; Hidden, which looks the same and is an entry, for one he may
        not see: Django would lead to the first page and tell nobody.
        """
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            return found
        try:
            row = self.model._default_manager.filter(pk=object_id).first()
        except (ValidationError, ValueError):
            row = None
        if row is None:
            raise Http404
        raise Hidden(policy.refusal(request.user, self.see, row))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether the model is listed at all."""
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether this person may see rows; `get_queryset` decides which."""
        return _may(request, self.see, whole=not self.team_path)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whether this person may add rows."""
        return self.edit is not None and _may(request, self.edit, whole=True)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether this person may change rows."""
        return self.edit is not None and _may(request, self.edit, whole=True)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """The list, or a refusal that says why."""
        policy.require(request.user, self.see)
        self._require_step_up(request)
        return super().changelist_view(request, extra_context)

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """A row, or a refusal that says why."""
        policy.require(request.user, self.see)
        self._require_step_up(request)
        return super().changeform_view(request, *args, **kwargs)

    def _require_step_up(self, request: HttpRequest) -> None:
        """What is changed here takes a fresh second factor where its verb does."""
        if request.method == "POST" and self.edit is not None:
            step_up.require(request, self.edit)

    def history_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The history of a row is what the audit log tells of it."""
        return redirect(reverse("audit", query={"about": object_id}))

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Sealed columns and secrets: their words are not for this site."""
        classes = registered.classes_of(self.model)
        silent = classes.silent if classes else frozenset()
        sealed = {
            field.name
            for field in self.model._meta.fields
            if isinstance(field, EncryptedTextField)
        }
        return sorted(silent | sealed)

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """What is not shown is not guessed either, letter by letter, in an address."""
        hidden = {*self.get_exclude(request), "password"}
        if hidden & set(lookup.split("__")):
            return False
        return super().lookup_allowed(lookup, value, request)

    def formfield_for_dbfield(
        self, db_field: Any, request: HttpRequest, **kwargs: Any
    ) -> Any:
        """Lists of codes are ticked, not typed."""
        choices = getattr(getattr(db_field, "base_field", None), "choices", None)
        if not choices:
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return forms.TypedMultipleChoiceField(
            label=capfirst(db_field.verbose_name),
            initial=db_field.get_default(),
            help_text=db_field.help_text,
            choices=choices,
            required=not db_field.blank,
            empty_value=None if db_field.null else [],
            widget=forms.CheckboxSelectMultiple,
        )

    def log_addition(self, *_: Any, **__: Any) -> None:  # type: ignore[override]
        """Told by the audit log."""

    def log_change(self, *_: Any, **__: Any) -> None:  # type: ignore[override]
        """Told by the audit log."""

    def log_deletions(self, *_: Any, **__: Any) -> None:  # type: ignore[override]
        """Told by the audit log."""


def _may(request: HttpRequest, verb: Verb, *, whole: bool) -> bool:
    scope = policy.scope_for(request.user, verb)
    return scope.everything if whole else not scope.is_empty
