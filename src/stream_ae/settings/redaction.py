"""What may be shown of an address: passwords and tokens in it are replaced."""

import re

_SECRETS = re.compile(r"(?i)([?&][^=&#]*(?:pass|pwd|token|secret|key|auth)[^=&#]*=)[^&#]*")
"""A query parameter whose name says that its value is a secret."""


def redact_url(url: str) -> str:
    """The same address, fit to be shown: passwords and tokens are replaced by ``***``.

    Whatever stands before the last ``@`` is taken for user and password, because a password may
    hold any character. Too much is hidden rather than too little.

    >>> redact_url("rtsp://user:secret@10.0.0.5/live?channel=1&token=abc")
    'rtsp://user:***@10.0.0.5/live?channel=1&token=***'
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    credentials, at, host_and_path = rest.rpartition("@")
    user, colon, _ = credentials.partition(":")
    shown = f"{user}:***@" if colon else "***@" if at else ""
    return scheme + separator + shown + _SECRETS.sub(r"\1***", host_and_path)
