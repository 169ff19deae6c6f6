"""Middleware of the whole portal."""

from django.utils.cache import add_never_cache_headers


class PrivatePagesAreNotStored:
    """What a signed-in person sees is kept by no browser and no proxy (ASVS 14.3.2)."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        return response
