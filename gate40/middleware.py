"""Middleware of the whole portal."""

import time

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpResponseNotAllowed
from django.middleware.locale import LocaleMiddleware
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _

from members.models.users import acts_as_staff


class PagesAndForms:
    """Pages are read and forms are sent: no other method comes as far as a view."""

    METHODS = ["GET", "HEAD", "POST"]

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.method not in self.METHODS:
            return HttpResponseNotAllowed(self.METHODS)
        return self.get_response(request)


class ItalianUnlessChosen(LocaleMiddleware):
    """Italian for everybody who has not chosen another language: a browser set up in English is no choice."""

    def process_request(self, request):
        request.META.pop("HTTP_ACCEPT_LANGUAGE", None)
        super().process_request(request)


class IdleStaffAreSignedOut:
    """Whoever acts as staff and has asked for nothing for STAFF_IDLE_HOURS is a stranger again, whatever their cookie
    says: the powers of the Consorzio do not lie about on a desk overnight."""

    SEEN, EVERY = "staff_seen_at", 60  # seconds: the session is not written with each page

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if acts_as_staff(request.user):
            self._look(request, time.time())
        return self.get_response(request)

    def _look(self, request, now):
        seen_at = request.session.get(self.SEEN, now)
        if now - seen_at > settings.STAFF_IDLE_HOURS * 3600:
            logout(request)
            messages.info(request, _("Per sicurezza sei uscito: accedi di nuovo."))
        elif self.SEEN not in request.session or now - seen_at > self.EVERY:
            request.session[self.SEEN] = now


class PrivatePagesAreNotStored:
    """What a signed-in person sees is kept by no browser and no proxy (ASVS 14.3.2)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response
