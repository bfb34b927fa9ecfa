"""The admin site of the law book: every model, each under its verb."""

from compliance.admin import (
    access_reviews,
    approvals,
    directory,
    groups,
    holds,
    log,
    organisation,
    people,
    requests,
    sealing,
    staff,
)

__all__ = [
    "access_reviews",
    "approvals",
    "directory",
    "groups",
    "holds",
    "log",
    "organisation",
    "people",
    "requests",
    "sealing",
    "staff",
]
