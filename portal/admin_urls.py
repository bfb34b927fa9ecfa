"""The admin site, under the namespace its own templates expect."""

from compliance.admin.site import site

app_name = "admin"
urlpatterns = site.urls[0]
