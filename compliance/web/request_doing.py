"""One act on the page of a request, as the functions that do it are given it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.http import Http404
from django.shortcuts import get_object_or_404

from compliance.models import Person, RequestSubject, SubjectRequest
from compliance.web.request_forms import ActForm

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class Doing:
    """One act: on what, what was said, by whom and when."""

    request: SubjectRequest
    said: dict[str, Any]
    form: ActForm
    post: Any
    by: Person
    now: datetime

    @property
    def subject(self) -> RequestSubject:
        """The link that is named. Raises Http404."""
        rows = RequestSubject.objects.select_related("request", "number")
        return get_object_or_404(
            rows, pk=uuid_of(self.post.get("subject")), request=self.request
        )

    def named(self, rows: "models.QuerySet[Row]", name: str) -> Row:
        """The row of this request that the form names. Raises Http404."""
        return get_object_or_404(
            rows, pk=uuid_of(self.post.get(name)), request=self.request
        )


def uuid_of(text: object) -> UUID:
    """An id that was sent. Raises Http404 for what is none."""
    try:
        return UUID(str(text))
    except ValueError:
        raise Http404 from None
