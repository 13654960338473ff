"""The root addresses. Everything a person opens is listed in `clinic/urls.py`."""

from django.urls import include, path

urlpatterns = [path("", include("clinic.urls"))]
