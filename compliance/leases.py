"""A lease on a row by the database's clock: a worker that dies frees it by dying."""

from django.db.models import Q
from django.db.models.functions import Now

FREE = Q(claimed_until=None) | Q(claimed_until__lt=Now())
"""Nobody is at work on the row."""
