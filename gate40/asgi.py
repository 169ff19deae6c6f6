"""The asynchronous door, for servers that want one; the portal itself is synchronous."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gate40.settings")
application = get_asgi_application()
