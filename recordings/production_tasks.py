"""Celery's view of productions; as `tasks`, and apart from it for its length."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from compliance.publish import publish_after_commit
from recordings.producing import volumes
from recordings.productions import course, lateness

PAGE = 20


@shared_task(name="recordings.make_volume")
def make_volume(volume_id: str) -> None:
    """Make a volume of a production; then it is the next one's turn."""
    now = timezone.now()
    volumes.make(volume_id=UUID(volume_id), now=now)
    course.settle(now=now)
    for waiting in volumes.due(now=now, limit=1):
        publish_after_commit(make_volume, volume_id=str(waiting))


@shared_task(name="recordings.settle_productions")
def settle_productions() -> None:
    """Go on with productions whose task was lost, tell of late ones, delete what is over."""
    now = timezone.now()
    course.settle(now=now)
    lateness.judge(now=now)
    for volume_id in volumes.due(now=now, limit=PAGE):
        publish_after_commit(make_volume, volume_id=str(volume_id))
    course.sweep(now=now)
