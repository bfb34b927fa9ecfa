"""The keys of services: who has which, when it was last used, and one click to revoke."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from compliance.access import keys, policy
from compliance.access.directory import tokens
from compliance.access.guards import guarded, person_of
from compliance.access.permissions import WORDS, Verb
from compliance.access.roles import name_of
from compliance.models import Person, ServiceKey, Team
from compliance.web.key_form import DirectoryKeyForm, KeyForm

ENDS_SOON = timedelta(days=14)
PAST_SHOWN = 20
OVERLAPS = {
    "day": (timedelta(days=1), _("the old one ends in a day")),
    "week": (timedelta(days=7), _("the old one ends in a week")),
    "now": (timedelta(), _("the old one ends now")),
}


@dataclass(frozen=True)
class ShownKey:
    """One key in words."""

    key: ServiceKey
    verbs: Sequence[Promise | str]
    teams: Sequence[str]
    is_running: bool
    ends_soon: bool
    is_replaced: bool


@dataclass(frozen=True)
class ShownService:
    """A service, its roles (its groups' too), its keys that run and those of the past."""

    service: Person
    roles: Sequence[str]
    running: Sequence[ShownKey]
    past: Sequence[ShownKey]


@require_safe
@guarded(Verb.MANAGE_KEYS)
def listed(request: HttpRequest) -> HttpResponse:
    """Every service with its keys."""
    shown = _services(timezone.now())
    services = [one for one in shown if one.service.email != tokens.ADDRESS]
    context = {
        "services": services,
        "directory": next((one for one in shown if one not in services), None),
        "running": sum(len(one.running) for one in shown),
        "overlaps": [(code, words) for code, (_length, words) in OVERLAPS.items()],
    }
    return render(request, "compliance/keys.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.MANAGE_KEYS)
def add(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Make a key. Its token stands in this one answer and nowhere else."""
    service = _service_or_404(service_id)
    form = KeyForm(request.POST or None, service=service)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        key, token = keys.make(
            service=service, by=person_of(request), now=now, **form.limits(now=now)
        )
        return _told(request, key, token)
    return render(
        request, "compliance/key_new.html", {"form": form, "service": service}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@guarded(Verb.MANAGE_KEYS)
def add_of_directory(request: HttpRequest) -> HttpResponse:
    """Make a key by which the directory tells people and groups (SCIM)."""
    form = DirectoryKeyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            key, token = tokens.make(
                by=person_of(request), now=now, **form.limits(now=now)
            )
        except keys.KeyRefused as refused:
            messages.error(request, str(refused))
            return redirect("keys")
        return _told(request, key, token)
    return render(request, "compliance/key_new.html", {"form": form})


@require_POST
@never_cache
@guarded(Verb.MANAGE_KEYS)
def rotate(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Replace a key; both let the service in until the overlap is over."""
    old = get_object_or_404(ServiceKey, pk=key_id)
    overlap, _words = OVERLAPS.get(request.POST.get("overlap", ""), OVERLAPS["day"])
    try:
        key, token = keys.rotate(
            key=old, by=person_of(request), now=timezone.now(), overlap=overlap
        )
    except keys.KeyRefused as refused:
        messages.error(request, str(refused))
        return redirect("keys")
    return _told(request, key, token)


@require_POST
@guarded(Verb.MANAGE_KEYS)
def revoke(request: HttpRequest, key_id: UUID) -> HttpResponse:
    """Revoke a key: it lets nobody in from the next request on."""
    key = get_object_or_404(ServiceKey, pk=key_id)
    keys.revoke(key=key, by=person_of(request))
    messages.success(
        request, gettext("The key %(key)s is revoked.") % {"key": key.prefix}
    )
    return redirect("keys")


def _told(request: HttpRequest, key: ServiceKey, token: str) -> HttpResponse:
    context = {"key": key, "token": token, "old": key.replaces}
    if key.surface == ServiceKey.Surface.SCIM:
        context["address"] = request.build_absolute_uri("/scim/v2")
    return render(request, "compliance/key_made.html", context)


def _service_or_404(service_id: UUID) -> Person:
    services = Person.objects.filter(kind=Person.Kind.SERVICE, is_active=True)
    services = services.exclude(email=tokens.ADDRESS)
    return get_object_or_404(services, pk=service_id)


def _services(now: datetime) -> list[ShownService]:
    services = Person.objects.filter(kind=Person.Kind.SERVICE).order_by("name")
    found = list(services.prefetch_related("service_keys"))
    made = [key for service in found for key in service.service_keys.all()]
    replaced = {key.replaces_id for key in made if keys.is_running(key, now)}
    names, roles = _team_names(made), _roles(found)
    return [
        _service(
            service,
            roles[service.pk],
            [_shown(key, now, names, replaced) for key in service.service_keys.all()],
        )
        for service in found
    ]


def _service(service: Person, roles: set[str], shown: list[ShownKey]) -> ShownService:
    return ShownService(
        service=service,
        roles=sorted(roles),
        running=[key for key in shown if key.is_running],
        past=[key for key in shown if not key.is_running][:PAST_SHOWN],
    )


def _shown(
    key: ServiceKey, now: datetime, names: dict[UUID, str], replaced: set[UUID | None]
) -> ShownKey:
    running = keys.is_running(key, now)
    ends = key.expiry_date
    return ShownKey(
        key=key,
        verbs=[WORDS[Verb(v)] if v in WORDS else v for v in key.verbs or []],
        teams=sorted(names.get(team_id, "?") for team_id in key.team_ids or []),
        is_running=running,
        ends_soon=running and ends is not None and ends < now + ENDS_SOON,
        is_replaced=key.pk in replaced,
    )


def _team_names(made: list[ServiceKey]) -> dict[UUID, str]:
    wanted = {team_id for key in made for team_id in key.team_ids or []}
    rows = Team.objects.filter(pk__in=wanted) if wanted else Team.objects.none()
    return dict(rows.values_list("pk", "name"))


def _roles(services: list[Person]) -> defaultdict[UUID, set[str]]:
    """The names of the roles that each holds now, in person or through a group."""
    held: defaultdict[UUID, set[str]] = defaultdict(set)
    grants = policy.running().filter(
        Q(person__in=services) | Q(group__members__in=services)
    )
    for role, own, member in grants.values_list("role", "person", "group__members"):
        held[own or member].add(name_of(role))
    return held
