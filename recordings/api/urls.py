"""Version 1 of the API."""

from django.urls import path

from recordings.api import (
    calls,
    consent,
    events,
    number_lists,
    recording,
    standing_consents,
)

urlpatterns = [
    path("calls", calls.CallList.as_view(), name="api-calls"),
    path("calls/<uuid:pk>", calls.CallDetail.as_view(), name="api-call"),
    path("calls/<uuid:pk>/labels", calls.Labels.as_view(), name="api-labels"),
    path("calls/<uuid:pk>/events", events.CallEvents.as_view(), name="api-call-events"),
    path("calls/events", events.Events.as_view(), name="api-events"),
    path("parties", calls.PartyList.as_view(), name="api-parties"),
    path("parties/<uuid:pk>", calls.PartyDetail.as_view(), name="api-party"),
    path("recordings", calls.RecordingList.as_view(), name="api-recordings"),
    path("recordings/<uuid:pk>", calls.RecordingDetail.as_view(), name="api-recording"),
    path("consents", calls.ConsentList.as_view(), name="api-consents"),
    path("number-lists", number_lists.NumberLists.as_view(), name="api-number-lists"),
    path(
        "number-lists/<uuid:pk>/members",
        number_lists.Members.as_view(),
        name="api-number-list-members",
    ),
    path(
        "standing-consents",
        standing_consents.StandingConsents.as_view(),
        name="api-standing-consents",
    ),
    path(
        "standing-consents/<uuid:pk>/withdraw",
        standing_consents.Withdrawal.as_view(),
        name="api-standing-consent-withdraw",
    ),
    path(
        "rooms/<str:room_sid>/consent-plan",
        consent.ConsentPlan.as_view(),
        name="api-consent-plan",
    ),
    path(
        "rooms/<str:room_sid>/consents",
        consent.Consents.as_view(),
        name="api-room-consents",
    ),
    path(
        "rooms/<str:room_sid>/declaration",
        recording.Declaring.as_view(),
        name="api-declaration",
    ),
    path(
        "rooms/<str:room_sid>/recording-state",
        recording.State.as_view(),
        name="api-recording-state",
    ),
    path("rooms/<str:room_sid>/pause", recording.Pausing.as_view(), name="api-pause"),
    path(
        "rooms/<str:room_sid>/resume", recording.Resuming.as_view(), name="api-resume"
    ),
]
