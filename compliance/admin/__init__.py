"""The admin site of the law book: every model, each under its verb."""

from compliance.admin import (
    access_reviews,
    approvals,
    directory,
    groups,
    holds,
    journal,
    log,
    number_lists,
    organisation,
    people,
    requests,
    restrictions,
    sealing,
    staff,
    sweep_pauses,
)

__all__ = [
    "access_reviews",
    "approvals",
    "directory",
    "groups",
    "holds",
    "journal",
    "log",
    "number_lists",
    "organisation",
    "people",
    "requests",
    "restrictions",
    "sealing",
    "staff",
    "sweep_pauses",
]
