"""Acts that there are too many of to be indexed."""

FREQUENT_ACTS = (
    *("recording.listen_granted", "recording.listen_renewed", "recording.available"),
    *("capture.begun", "capture.started", "capture.stop_begun", "capture.stopped"),
    *("consent.verdict", "consent.recorded", "session.login"),
)
"""An index of them would slow the writing of entries: they are found without one, among
the newest. All other acts have an index."""
