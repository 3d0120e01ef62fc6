"""Addresses of the authors."""

from django.urls import path

from project.rights import views

app_name = "rights"

urlpatterns = [
    path("<str:token>", views.consent, name="consent"),
]
