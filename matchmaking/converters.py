"""Parts of addresses."""

import uuid


class CodeConverter:
    """A random code that tells neither how many there are nor which came first."""

    regex = "[0-9a-z-]{1,36}"

    def to_python(self, value):
        return uuid.UUID(value)  # what is no code is no page

    def to_url(self, value):
        return str(value)
