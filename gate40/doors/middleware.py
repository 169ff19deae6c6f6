"""One door for every request: what cannot be read or is too large goes no further, and is told so."""

import logging
from contextlib import suppress

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import DatabaseError, DataError, IntegrityError
from django.http import QueryDict
from django.http.multipartparser import MultiPartParserError

from members.rules import texts
from members.safety import events
from members.safety.quotas import TooManyToday, count_today, spend_quota

from .refusals import Refused, refusal, too_late, too_many_today, too_much, unreadable

log = logging.getLogger(__name__)
NO_NUMBER = ("expected a number but got", "Exceeds the limit (")  # Django of a key that is none; Python of its digits
TWICE = "23505"  # PostgreSQL: there is such a row already
ROWS = "-TOTAL_FORMS"  # how many rows a form says it has
UNMEASURED = {"account_logout", "news:unsubscribe"}  # whoever wants to leave may always
KEPT_REFUSALS = 100  # rows of a day and an address; the lines of the log go on


class ReasonableRequests:
    """Refuses addresses, cookies and forms that nothing can store, and bodies larger than the role may send.

    Before the session, for a cookie can be unreadable too; the body is judged in `process_view`, when it is known who
    sends it and nobody has read it yet.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        asked = events.asking.set(events.Asking(address=get_adapter().get_client_ip(request)))
        try:
            response = self._answer(request)
            response["X-Request-ID"] = events.asking.get().id
            return _noted(request, response)
        finally:
            events.asking.reset(asked)

    def _answer(self, request):
        try:
            _read_address(request)
        except Refused as refused:
            return refusal(refused)
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        user = getattr(request, "user", None)
        if request.method != "POST" or user is None:
            return None
        events.asking.get(events.Asking()).user = user
        try:
            _weigh(request)
            _read_form(request)
            if user.is_authenticated and request.resolver_match.view_name not in UNMEASURED:
                spend_quota("forms", request)
        except Refused as refused:
            return refusal(refused)
        except TooManyToday as error:
            return refusal(too_many_today(error))
        return None

    def process_exception(self, request, exception):
        """A value that only the database, or a field on its way there, found out to fit nowhere; the second of two
        requests that wrote the same row at once."""
        if isinstance(exception, DataError) or (isinstance(exception, ValueError) and _is_no_number(exception)):
            log.warning("refused by the database: %s %s", request.method, request.path, exc_info=exception)
            return refusal(unreadable())
        if isinstance(exception, IntegrityError) and getattr(exception.__cause__, "pgcode", "") == TWICE:
            rule = exception.__cause__.diag.constraint_name  # what the database adds to it may be somebody's address
            log.warning("somebody was faster: %s %s (%s)", request.method, request.path, rule)
            return refusal(too_late())
        if isinstance(exception, TooManyToday):
            return refusal(too_many_today(exception))
        return refusal(exception) if isinstance(exception, Refused) else None


def _is_no_number(error):
    return any(sign in str(error) for sign in NO_NUMBER)


def _noted(request, response):
    """Denials, refusals and what broke, for whoever looks afterwards; of the address only the path."""
    kind = _kind_of(response.status_code)
    user = kind and _whoever_asked(request)
    if kind is None or (response.status_code == 404 and user is None):  # old links and robots
        return response
    is_kept = kind == events.Kind.BROKEN or _is_worth_a_row(user.pk if user else events.asking.get().address)
    about = f"{response.status_code} {request.method} {request.path}"
    events.note_event(kind, user, about, is_kept)
    return response


def _kind_of(status):
    """A page that is hidden from whoever asks answers 404, as if it were not there: it is noted as a refusal."""
    if status == 403:
        return events.Kind.DENIED
    if status in (400, 404, 413):
        return events.Kind.REFUSED
    return events.Kind.BROKEN if status >= 500 else None


def _whoever_asked(request):
    """None for a stranger, and while the database that knows the sessions is away."""
    with suppress(DatabaseError):
        user = getattr(request, "user", None)
        return user if user is not None and user.is_authenticated else None
    return None


def _is_worth_a_row(whose):
    """A hammer does not fill the list that the staff read."""
    return count_today("refused", str(whose)) <= KEPT_REFUSALS


def _read_address(request):
    if not all(map(texts.is_readable, (request.path_info, *request.COOKIES, *request.COOKIES.values()))):
        raise unreadable()
    request.GET = _readable(request.GET)


def _weigh(request):
    """Measured before it is read, by what the sender says: Django reads no more than that."""
    limits, said = settings.LARGEST_BODY, request.META.get("CONTENT_LENGTH") or "0"
    if not texts.is_key(said):
        raise unreadable()
    size = int(said)
    if size <= limits["anonymous"]:
        return
    user = request.user
    role = "anonymous" if not user.is_authenticated else "staff" if user.acts_as_staff else "member"
    if size > limits[role]:
        raise too_much()


def _read_form(request):
    try:
        sent, files = request.POST, request.FILES
    except (RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent) as error:
        raise too_much() from error
    except MultiPartParserError as error:
        raise unreadable() from error
    request.POST = _readable(sent)
    for name, file in files.items():
        if not (texts.is_readable(name) and texts.is_readable(file.name or "")):
            raise unreadable()
    if any(_rows(value) > settings.MOST_ROWS for name, value in sent.items() if name.endswith(ROWS)):
        raise too_much()


def _rows(value):
    """What is no number is the form's to refuse; a number of twenty digits is too many by itself."""
    text = value.strip()
    return int(text[:20]) if text.isascii() and text.isdigit() else 0


def _readable(sent: QueryDict) -> QueryDict:
    """The same form with plain ends of line; `Refused` for what no field could hold."""
    values = [value for _name, found in sent.lists() for value in found]
    if all(map(texts.is_readable, (*sent, *values))):
        return sent
    softened = sent.copy()
    for name, found in sent.lists():
        softened.setlist(name, [texts.with_plain_breaks(value) for value in found])
    if not all(map(texts.is_readable, (*softened, *(value for _name, found in softened.lists() for value in found)))):
        raise unreadable()
    softened._mutable = False
    return softened
