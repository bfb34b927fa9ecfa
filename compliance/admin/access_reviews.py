"""Access reviews, to be read; they are done on their own pages."""

from django.contrib import admin

from compliance.access.permissions import Verb
from compliance.admin.base import GuardedAdmin
from compliance.admin.site import site
from compliance.models import AccessReview, ReviewLine


@admin.register(AccessReview, site=site)
class AccessReviewAdmin(GuardedAdmin):
    """Each round."""

    see = Verb.SEE_ROLES
    list_display = ("begun_at", "begun_by", "done_at")
    list_select_related = ("begun_by",)
    ordering = ("-begun_at",)


@admin.register(ReviewLine, site=site)
class ReviewLineAdmin(GuardedAdmin):
    """Each role of a round."""

    see = Verb.SEE_ROLES
    list_display = ("review", "grant", "last_used_at", "decision", "decided_by")
    list_filter = ("decision",)
    list_select_related = ("review", "grant", "decided_by")
    ordering = ("-id",)
