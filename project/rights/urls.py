"""Addresses of the authors."""

from django.urls import path

from project.rights import views
from project.rights.evidence.views import proof

app_name = "rights"

urlpatterns = [
    path("<str:token>", views.consent, name="consent"),
    path("<str:token>/proof.zip", proof, name="proof"),
]
