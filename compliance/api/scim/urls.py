"""Where the directory asks and tells."""

from django.urls import URLPattern, path

from compliance.api.scim.base import Missing
from compliance.api.scim.discovery import Config, ResourceTypes, Schemas
from compliance.api.scim.groups import Groups, OneGroup
from compliance.api.scim.users import OneUser, Users

urlpatterns: list[URLPattern] = [
    path("ServiceProviderConfig", Config.as_view(), name="scim-config"),
    path("Schemas", Schemas.as_view(), name="scim-schemas"),
    path("Schemas/<str:uri>", Schemas.as_view()),
    path("ResourceTypes", ResourceTypes.as_view(), name="scim-types"),
    path("ResourceTypes/<str:name>", ResourceTypes.as_view()),
    path("Users", Users.as_view(), name="scim-users"),
    path("Users/<uuid:pk>", OneUser.as_view(), name="scim-user"),
    path("Groups", Groups.as_view(), name="scim-groups"),
    path("Groups/<uuid:pk>", OneGroup.as_view(), name="scim-group"),
    path("<path:rest>", Missing.as_view()),
]
