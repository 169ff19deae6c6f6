"""Whose certificates are believed when mail leaves or comes in: the machine's, or those of SSL_CERT_FILE."""

import os
import ssl
from functools import cache


def trusted():
    """For smtplib and imaplib, which by themselves believe any certificate."""
    return _trust_in(os.environ.get("SSL_CERT_FILE"))


@cache
def _trust_in(_file):
    return ssl.create_default_context()  # reading them all costs as much as hundreds of mails
