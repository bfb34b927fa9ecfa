"""Where Prometheus reads."""

from django.urls import path

from portal import metrics

urlpatterns = [path("", metrics.metrics, name="metrics")]
