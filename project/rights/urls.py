"""Addresses of the authors."""

from django.urls import path

from project.rights import receipt_views, views
from project.rights.evidence.views import proof

app_name = "rights"

urlpatterns = [
    path("privacy/<slug:shop>", views.privacy, name="privacy"),
    path("terms/<slug:shop>", views.terms, name="terms_now"),
    path("terms/<slug:shop>/<str:version>", views.terms, name="terms"),
    path("<str:token>", views.consent, name="consent"),
    path("<str:token>/receipt", receipt_views.receipt, name="receipt"),
    path("<str:token>/proof.zip", proof, name="proof"),
]
