"""All addresses that Django answers; the hot public ones stand before it, in the edge (see project/asgi.py)."""

from django.urls import include, path
from django.views.generic import RedirectView

from project.core import views
from project.rights.notices.views import statement
from project.rights.pictures import picture
from widgets.copies import index_now_key

urlpatterns = [
    path("healthz", views.healthz, name="healthz"),
    path("", RedirectView.as_view(pattern_name="studio:home"), name="root"),
    path("accounts/", include("allauth.urls")),
    path("studio/", include("project.studio.urls")),
    path("c/", include("project.rights.urls")),
    path("n/", include("project.rights.notices.urls")),
    path("s/<str:token>", statement, name="statement"),
    path("log/", include("project.rights.ledger.urls")),
    path("media/<path:file>", picture, name="picture"),
    path("<str:key>.txt", index_now_key, name="index_now_key"),
    path("api/v1/", include("project.api_urls")),
]

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler500 = views.server_error
