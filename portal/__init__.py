"""The project package: wiring only. The Celery app must be loaded with Django."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
