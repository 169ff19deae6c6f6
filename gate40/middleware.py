"""Middleware of the whole portal."""

from django.http import HttpResponseNotAllowed
from django.middleware.locale import LocaleMiddleware
from django.utils.cache import add_never_cache_headers


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


class PrivatePagesAreNotStored:
    """What a signed-in person sees is kept by no browser and no proxy (ASVS 14.3.2)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response
