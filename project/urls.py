"""All addresses that Django answers; the hot public ones stand before it, in the edge (see project/asgi.py)."""

from django.urls import path

from project.core import views

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
]

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler500 = views.server_error

