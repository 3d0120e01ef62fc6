"""Addresses of the form to report an item, and of a notice's private page."""

from django.urls import path

from project.rights.notices import views

app_name = "notices"

urlpatterns = [
    path("<str:item_id>", views.form, name="form"),
    path("status/<str:token>", views.status, name="status"),
]
