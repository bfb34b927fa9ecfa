"""People, as the directory reads and tells them."""

from uuid import UUID

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from scim2_models import Context

from compliance.access.directory import people
from compliance.api.scim import wording
from compliance.api.scim.base import ScimView, asked, listed, one, page, patched, said
from compliance.api.scim.resources import User
from compliance.models import DirectoryAccount, Group


class Users(ScimView):
    """All of them, and new ones."""

    def get(self, request: Request) -> Response:
        """Those who fit the filter, page by page."""
        query = asked(request, User)
        total, rows = page(_accounts(), query, "User")
        return listed(User, total, [wording.user(row, request) for row in rows], query)

    def post(self, request: Request) -> Response:
        """Take somebody in; 409 if anybody else here has what is his."""
        query = asked(request, User)
        wanted = said(request, User, Context.RESOURCE_CREATION_REQUEST)
        account = people.enrol(told=wording.told(wanted), now=timezone.now())
        return one(
            wording.user(account, request), query, Context.RESOURCE_CREATION_RESPONSE
        )


class OneUser(ScimView):
    """One of them."""

    def get(self, request: Request, pk: UUID) -> Response:
        """As he is known here."""
        query = asked(request, User)
        return one(wording.user(get_object_or_404(_accounts(), pk=pk), request), query)

    def put(self, request: Request, pk: UUID) -> Response:
        """Replace what is told of him; `active` stays as it is where it is not said."""
        query = asked(request, User)
        wanted = said(request, User, Context.RESOURCE_REPLACEMENT_REQUEST)
        with transaction.atomic():
            account = _locked(pk)
            wanted.replace(wording.user(account, request))
            self._keep(account, wanted)
        return one(wording.user(account, request), query)

    def patch(self, request: Request, pk: UUID) -> Response:
        """Change a part of it."""
        query = asked(request, User)
        with transaction.atomic():
            account = _locked(pk)
            current = wording.user(account, request)
            self._keep(account, patched(request, current))
        return one(wording.user(account, request), query)

    def delete(self, request: Request, pk: UUID) -> Response:
        """Shut him out for good; what he did stays his."""
        with transaction.atomic():
            people.remove(account=_locked(pk), now=timezone.now())
        return Response(status=204)

    def _keep(self, account: DirectoryAccount, wanted: User) -> None:
        told = wording.told(wanted, before=account.person.email)
        people.change(account=account, told=told, now=timezone.now())


def _accounts() -> "QuerySet[DirectoryAccount]":
    groups = Group.objects.select_related("directory_group").order_by("name")
    rows = DirectoryAccount.objects.filter(removed_at=None).select_related("person")
    return rows.prefetch_related(Prefetch("person__groups", groups)).order_by(
        "made_at", "pk"
    )


def _locked(pk: UUID) -> DirectoryAccount:
    """The row, so that two changes come one after the other. Raises Http404."""
    return get_object_or_404(
        _accounts().select_for_update(of=("self", "person")), pk=pk
    )
