"""The audit log, to be read. Reading it here is an entry like reading it anywhere."""

import contextlib
from typing import Any

from auditlog import admin as auditlog_admin
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.db import transaction
from django.http import HttpRequest

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.audit import log
from compliance.audit.actions import Action
from compliance.models import AuditEntry

with contextlib.suppress(NotRegistered):
    # auditlog puts its own page on Django's default site when it is imported
    auditlog_admin.admin.site.unregister(AuditEntry)


@admin.register(AuditEntry, site=site)
class AuditEntryAdmin(GuardedAdmin):
    """Nothing is added, changed or deleted here."""

    see = Verb.READ_AUDIT
    team_path = "team_id"
    list_display = (
        "timestamp",
        "act",
        "outcome",
        "actor_id",
        "object_kind",
        "object_pk",
    )
    list_filter = ("outcome",)
    search_fields = ("object_pk__exact", "request_id__exact")
    ordering = ("-id",)
    exclude = ("content_type", "action", "object_repr")

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Columns that say nothing."""
        return ["content_type", "action", "object_repr"]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Show the list, and enter that it was read."""
        with transaction.atomic():
            response = super().changelist_view(request, extra_context)
            shown = getattr(response, "context_data", None) or {}
            entries = len(shown["cl"].result_list) if "cl" in shown else 0
            filters = ",".join(sorted(key for key in request.GET if key.isidentifier()))
            log.append(
                Action.AUDIT_READ, facts={"filters": filters[:128], "entries": entries}
            )
        return response

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Any:
        """Fetch one entry, and enter that it was read."""
        found = super().get_object(request, object_id, from_field)
        if found is not None:
            with transaction.atomic():
                log.append(Action.AUDIT_ENTRY_READ, subject=found)
        return found
