"""Links and YouTube videos."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443, "ftp": 21}
# Who clicked where, and who may download: neither says which page it is, and the latter must not be stored.
_TRACKING = frozenset(
    {
        "fbclid",
        "gclid",
        "dclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "yclid",
        "twclid",
        "igshid",
        "mc_cid",
        "mc_eid",
        "_ga",
        "_gl",
        "si_source",
    }
)
_TRACKING_PREFIXES = ("utm_", "x-amz-", "x-goog-")
_SECRETS = frozenset(
    {
        "access_token",
        "api_key",
        "apikey",
        "auth",
        "auth_token",
        "authorization",
        "awsaccesskeyid",
        "client_secret",
        "jwt",
        "pass",
        "passkey",
        "passwd",
        "password",
        "pwd",
        "refresh_token",
        "secret",
        "session",
        "sessionid",
        "sid",
        "sig",
        "signature",
        "token",
    }
)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = "%/:?#[]@!$&'()*+,;=-._~"

_VIDEO = re.compile(r"[A-Za-z0-9_-]{11}")
_VIDEO_PATH = re.compile(r"/(?:watch|shorts|embed|live|v|vi|e)/([^/?&#]+)")
_VIDEO_LABEL = re.compile(r"youtube[:\s]\s*", re.IGNORECASE)
_VIDEO_HOSTS = ("youtube.com", "youtube-nocookie.com", "youtubekids.com", "youtu.be", "ytimg.com")
_NO_VIDEO = frozenset({"videoseries", "live_stream"})  # of eleven letters, where the player takes an id
_BARE_HOST = re.compile(r"(?:[a-z0-9-]+\.)*(?:youtube\.com|youtube-nocookie\.com|youtu\.be)/", re.IGNORECASE)


def url(text: str) -> str:
    """The link in one spelling, without fragment, user name, password, signatures and tracking parameters.

    Scheme and host in lower case, an international host in its ``xn--`` form, default port dropped, an empty path
    becomes ``/``, percent-escapes in upper case and only where needed, the other query parameters kept in their
    order. Source: RFC 3986, section 6.2 (syntax- and scheme-based normalisation); RFC 3490 for the host.
    """
    parts = _split(text)
    host = _host(parts)
    default = _DEFAULT_PORTS[parts.scheme]
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("its port is no number between 0 and 65535") from error
    place = host if port in (None, default) else f"{host}:{port}"
    query = "&".join(p for p in parts.query.split("&") if p and not _dropped(p))
    return f"{parts.scheme}://{place}{_escaped(parts.path) or '/'}" + (f"?{_escaped(query)}" if query else "")


def youtube(text: str) -> str:
    """The eleven characters of a video's id, from an id or any form of link to a video.

    Source: YouTube Data API and IFrame player documentation (developers.google.com/youtube): ``watch?v=``,
    ``youtu.be/``, ``embed/``, ``shorts/``, ``live/``, ``v/``, and thumbnails' ``vi/``.
    """
    label = _VIDEO_LABEL.match(text)
    value = text[label.end() :] if label else text
    if is_video_link(value):
        value = _video_of_link(value if "://" in value else "https://" + value)
    if value in _NO_VIDEO:
        raise ValueError("the link is to a playlist or channel, not to a video")
    if not _VIDEO.fullmatch(value):
        raise ValueError("a YouTube id has 11 letters, digits, hyphens or underscores")
    return value


def is_video_link(text: str) -> bool:
    """Whether the text is a link to one of YouTube's hosts, with or without its scheme."""
    if _BARE_HOST.match(text):
        return True
    try:
        host = _split(text).hostname or ""
    except ValueError:
        return False
    return any(host == name or host.endswith("." + name) for name in _VIDEO_HOSTS)


def looks_like_video(text: str) -> bool:
    """Whether a bare string can hardly be anything but a YouTube id.

    An id is 64 bits in base 64, so its last character has only 16 values; a word or a number is taken for no id.
    """
    if not _VIDEO.fullmatch(text) or text[-1] not in "048AEIMQUYcgkosw":
        return False
    letters = re.sub(r"[-_]", "", text)
    word = letters.isalpha() and (letters.islower() or letters.isupper() or letters.istitle())
    number = not re.search(r"[A-Za-z]", text)
    return not word and not number


def _video_of_link(link: str) -> str:
    parts = _split(link)
    if (parts.hostname or "").endswith("youtu.be"):
        return parts.path.strip("/").split("/")[0]
    named = parse_qs(parts.query.replace("&amp;", "&")).get("v")
    if named:
        return named[0]
    inside = _VIDEO_PATH.match(parts.path)
    if not inside:
        raise ValueError("the link names no video")
    return inside[1]


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise ValueError("is no link: its host is malformed") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("a link starts with http://, https:// or ftp://")
    return parts


def _host(parts: SplitResult) -> str:
    host = parts.hostname or ""
    if not host.isascii():
        try:
            host = host.encode("idna").decode("ascii").lower()
        except UnicodeError as error:
            raise ValueError("its host is no domain name") from error
    if ":" in host:
        return f"[{host}]"
    if not re.fullmatch(r"[a-z0-9._~-]+", host):
        raise ValueError("it has no host" if not host else "its host is no domain name")
    return host


def _dropped(parameter: str) -> bool:
    name = unquote(parameter.partition("=")[0]).lower()
    return name in _TRACKING or name in _SECRETS or name.startswith(_TRACKING_PREFIXES)


def _escaped(text: str) -> str:
    """Escape what must be, and nothing else; a lone percent sign is escaped, so that doing it twice changes nothing."""

    def once(escape: re.Match[str]) -> str:
        c = chr(int(escape[1], 16))
        return c if c in _UNRESERVED else escape[0].upper()

    whole = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return quote(_ESCAPE.sub(once, whole), safe=_KEPT)
