"""Celery's view of copies for people; as `tasks`, and apart from it for its length."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from compliance.publish import publish_after_commit
from recordings.copies import ending, making


@shared_task(name="recordings.make_copy")
def make_copy(copy_id: str) -> None:
    """Make one copy; then it is the next one's turn."""
    now = timezone.now()
    making.make(copy_id=UUID(copy_id), now=now)
    for waiting in making.due(now=now, limit=1):
        publish_after_commit(make_copy, copy_id=str(waiting))


@shared_task(name="recordings.settle_copies")
def settle_copies() -> None:
    """Go on with copies whose task was lost, and delete what is over."""
    now = timezone.now()
    for copy_id in making.due(now=now, limit=1):
        publish_after_commit(make_copy, copy_id=str(copy_id))
    ending.sweep(now=now)
