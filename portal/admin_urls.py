"""The admin site."""

from compliance.admin.site import site

urlpatterns = site.urls[0]
