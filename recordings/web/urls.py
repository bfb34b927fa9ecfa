"""The pages of this app."""

from django.urls import URLPattern, path

from recordings.web import (
    alert,
    alerts,
    call,
    calls,
    download,
    exports,
    home,
    listen,
    live,
    misplaced,
    pausing,
    quarantine,
    reveal,
    runbook,
    saved,
)

urlpatterns: list[URLPattern] = [
    path("", home.home, name="home"),
    path("calls/", calls.calls, name="calls"),
    path("calls/search", calls.search, name="calls-search"),
    path("calls/saved", saved.save, name="calls-save"),
    path("calls/saved/<uuid:search_id>/drop", saved.drop, name="calls-drop"),
    path("calls/export", exports.ask, name="calls-export"),
    path("calls/exports/", exports.exports, name="exports"),
    path("calls/exports/<uuid:export_id>/file", exports.file, name="export-file"),
    path("calls/<uuid:call_id>/", call.call, name="call"),
    path(
        "calls/<uuid:call_id>/parties/<uuid:party_id>/reveal",
        reveal.reveal,
        name="party-reveal",
    ),
    path("calls/<uuid:call_id>/pausing", pausing.look, name="call-pausing"),
    path("calls/<uuid:call_id>/pause", pausing.pause, name="call-pause"),
    path("calls/<uuid:call_id>/resume", pausing.resume, name="call-resume"),
    path("alerts/", alerts.alerts, name="alerts"),
    path("alerts/<uuid:alert_id>/", alert.alert, name="alert"),
    path("alerts/<uuid:alert_id>/<slug:act>", alert.work, name="alert-work"),
    path(
        "alerts/<slug:kind>/<slug:team>/<slug:act>",
        alert.work_group,
        name="alert-work-group",
    ),
    path("live/", live.live, name="live"),
    path("runbook/", runbook.runbook, name="runbook"),
    path("recordings/<uuid:id>/listen", listen.listen, name="listen"),
    path("recordings/<uuid:id>/download", download.download, name="download"),
    path("recordings/<uuid:id>/quarantine", quarantine.decide, name="quarantine"),
    path("recordings/<uuid:id>/misplaced", misplaced.report, name="misplaced"),
    path("listens/<uuid:id>/renew", listen.renew, name="listen-renew"),
    path("listens/<uuid:id>/heard", listen.heard, name="listen-heard"),
]
