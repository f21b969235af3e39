"""What may be shown of an address: passwords and tokens in it are replaced."""

import re

_SECRETS = re.compile(r"(?i)([?&#;][^=&#;]*(?:pas|pwd|token|secret|key|auth|sig|cred)[^=&]*=)[^&]*")
"""A query parameter whose name says that its value is a secret; one that is not encoded may hold a
``#`` or ``;``."""

_SCHEME = re.compile(r"[\w+.-]*")

_WITHOUT_SLASHES = re.compile(r"(?is)((?:rtsps?|https?)(?::/?|/{1,2}))?([^/:@]*)(:?)(.*)@")
"""The beginning of an address whose scheme was forgotten or mistyped, up to its last ``@``."""


def redact_url(url: str) -> str:
    """The same address, fit to be shown: passwords and tokens are replaced by ``***``.

    Whatever stands before the last ``@`` is taken for user and password, because a password may
    hold any character. Too much is hidden rather than too little.

    >>> redact_url("rtsp://user:secret@10.0.0.5/live?channel=1&token=abc")
    'rtsp://user:***@10.0.0.5/live?channel=1&token=***'
    >>> redact_url("rtsp:/user:secret@10.0.0.5/live"), redact_url("clips/a@b.mp4")
    ('rtsp:/user:***@10.0.0.5/live', 'clips/a@b.mp4')
    """
    scheme, separator, rest = url.partition("://")
    if not _SCHEME.fullmatch(scheme):
        separator = ""  # it stands in the password
    credentials, at, shown = rest.rpartition("@")
    user, colon, _ = credentials.partition(":")
    if not separator:
        mistyped = _WITHOUT_SLASHES.match(url)
        if mistyped is None or not (mistyped[1] or mistyped[3]):
            return _SECRETS.sub(r"\1***", url)
        scheme, user, colon = mistyped[1] or "", mistyped[2], mistyped[3]
        at, shown = "@", url[mistyped.end() :]
    hidden = f"{user}:***@" if colon else "***@" if at else ""
    return scheme + separator + hidden + _SECRETS.sub(r"\1***", shown)
