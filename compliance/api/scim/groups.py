"""Groups, as the directory reads and tells them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from scim2_models import Context, SearchRequest

from compliance.access.directory import groups
from compliance.api.scim import wording
from compliance.api.scim.base import ScimView, asked, listed, one, page, patched, said
from compliance.api.scim.resources import Group
from compliance.models import DirectoryAccount, DirectoryGroup

NO_CONTENT = 204


class Groups(ScimView):
    """All of them, and new ones."""

    def get(self, request: Request) -> Response:
        """Those that fit the filter, page by page."""
        query = asked(request, Group)
        total, rows = page(_kept(), query, "Group")
        return listed(Group, total, _worded(rows, query, request), query)

    def post(self, request: Request) -> Response:
        """Make a group, which has no role yet."""
        query = asked(request, Group)
        wanted = said(request, Group, Context.RESOURCE_CREATION_REQUEST)
        kept = groups.make(
            name=wording.group_name(wanted),
            external_id=wording.external_id(wanted),
            account_ids=wording.account_ids(wanted),
            now=timezone.now(),
        )
        (resource,) = _worded([kept], query, request)
        return one(resource, query, Context.RESOURCE_CREATION_RESPONSE)


class OneGroup(ScimView):
    """One of them."""

    def get(self, request: Request, pk: UUID) -> Response:
        """As it is known here."""
        query = asked(request, Group)
        (resource,) = _worded([get_object_or_404(_kept(), pk=pk)], query, request)
        return one(resource, query)

    def put(self, request: Request, pk: UUID) -> Response:
        """Replace its name and its members."""
        query = asked(request, Group)
        wanted = said(request, Group, Context.RESOURCE_REPLACEMENT_REQUEST)
        with transaction.atomic():
            kept = _locked(pk)
            wanted.replace(wording.group(kept, request, None))
            self._keep(kept, wanted)
        (resource,) = _worded([kept], query, request)
        return one(resource, query)

    def patch(self, request: Request, pk: UUID) -> Response:
        """Change a part of it; answered without it, unless attributes are asked for."""
        query = asked(request, Group)
        with transaction.atomic():
            kept = _locked(pk)
            members = groups.member_ids(kept.group)
            current = wording.group(kept, request, members)
            self._keep(kept, patched(request, current))
        if not query.attributes:
            return Response(status=NO_CONTENT)
        (resource,) = _worded([kept], query, request)
        return one(resource, query)

    def delete(self, request: Request, pk: UUID) -> Response:
        """Take everybody out, and end its roles."""
        with transaction.atomic():
            groups.remove(kept=_locked(pk), now=timezone.now())
        return Response(status=NO_CONTENT)

    def _keep(self, kept: DirectoryGroup, wanted: Group) -> None:
        groups.change(
            kept=kept,
            name=wording.group_name(wanted),
            external_id=wording.external_id(wanted),
            account_ids=wording.account_ids(wanted),
            now=timezone.now(),
        )


def _kept() -> "QuerySet[DirectoryGroup]":
    rows = DirectoryGroup.objects.filter(removed_at=None).select_related("group")
    return rows.order_by("made_at", "pk")


def _locked(pk: UUID) -> DirectoryGroup:
    """The row, so that two changes come one after the other. Raises Http404."""
    return get_object_or_404(_kept().select_for_update(of=("self", "group")), pk=pk)


def _worded(
    rows: Sequence[DirectoryGroup], query: SearchRequest[Any], request: Request
) -> list[Group]:
    """With their members, which are read at once, and only if they are asked for."""
    if not _wants_members(query):
        return [wording.group(row, request, None) for row in rows]
    pairs = DirectoryAccount.objects.filter(
        person__groups__in=[row.group_id for row in rows], removed_at=None
    ).order_by("pk")
    members: defaultdict[UUID, list[UUID]] = defaultdict(list)
    for group_id, account_id in pairs.values_list("person__groups", "pk"):
        members[group_id].append(account_id)
    return [wording.group(row, request, members[row.group_id]) for row in rows]


def _wants_members(query: SearchRequest[Any]) -> bool:
    excluded = {str(path).lower() for path in query.excluded_attributes or []}
    named = {str(path).lower() for path in query.attributes or []}
    return "members" not in excluded and (
        not named or any(name.split(".")[0] == "members" for name in named)
    )
