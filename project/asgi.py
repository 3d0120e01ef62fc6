"""The ASGI application: the public edge in front of Django, sockets through Channels."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

from project.settings import default_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", default_module())
django_application: Any = get_asgi_application()

from project.core.edge.application import EdgeApplication  # noqa: E402
from project.routing import SocketRouter  # noqa: E402

application = EdgeApplication(django_application, SocketRouter())
