"""Addresses of a shop's ledger; ``shop`` is the shop's public id or slug."""

from django.urls import path

from project.rights.ledger import views

app_name = "log"

urlpatterns = [
    path("<str:shop>/", views.about, name="about"),
    path("<str:shop>/sth", views.sth, name="sth"),
    path("<str:shop>/proof", views.proof, name="proof"),
    path("<str:shop>/consistency", views.consistency, name="consistency"),
    path("<str:shop>/keys", views.keys, name="keys"),
]
