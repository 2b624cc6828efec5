"""How kernels are compiled, and where what was compiled is kept, so that only the first start after installation waits.

numba keeps compiled kernels beside the module or, where that cannot be written, in the user's cache folder; where
neither can be, importing a kernel fails. An installation that its users cannot write, in a container or made by an
administrator, would be compiled again by each of them, or be of no use at all. So the folder is chosen here, the first
of these that can be written:

1. ``NUMBA_CACHE_DIR``, if it is set,
2. ``__pycache__`` beside the module,
3. ``findspot`` in ``XDG_CACHE_HOME`` or ``~/.cache``,
4. a folder in the temporary folder that no other user can write: what lies in it is loaded as code.

In all but the second the kernels that lie beside the module are copied there first: whoever installs Findspot can
compile them for everyone, with ``python -m findspot.cli.warm``. Where no folder can be written each start compiles, and
says so.

numba checks what it finds against the kernel's own source, its version and the processor, and compiles again what does
not fit. It does not look at what that source imports, and a scheme whose constants have changed must never run in an
old kernel: the folder's name has a digest of this room's sources.
"""

from __future__ import annotations

import logging
import os
import shutil
import stat
import tempfile
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numba

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Kernels release the GIL, divide as C does, and trust their indices: the tests run all of them on real text.
_OPTIONS: Final = {"nogil": True, "boundscheck": False, "error_model": "numpy"}
_njit: Final[Any] = numba.njit  # typed for literal arguments alone
_config: Final[Any] = numba.config


def jit(function: Callable[..., Any], **more: object) -> Any:  # noqa: ANN401 - numba's own type says no more
    """Compile ``function`` at its first call, or load what an earlier process compiled.

    Args:
        function: to be compiled.
        more: options of ``numba.njit`` beside those of all kernels.
    """
    options = _OPTIONS | more
    source = Path(function.__code__.co_filename)
    beside = source.parent / "__pycache__"
    place = cache_folder(beside)
    if place is None:
        return _njit(**options)(function)
    before = _config.CACHE_DIR
    _config.CACHE_DIR = str(place)
    try:
        made = _njit(cache=True, **options)(function)
    except RuntimeError:  # a source that is no file, as in a zip archive
        return _njit(**options)(function)
    finally:
        _config.CACHE_DIR = before
    shipped = beside / place.name
    if shipped != place:
        seed(shipped, Path(made.stats.cache_path), f"{source.stem}.{function.__qualname__}")
    return made


def leaf(function: Callable[..., Any]) -> Any:  # noqa: ANN401
    """As :func:`jit`, for a kernel that other kernels call and that allocates nothing.

    Counting references to the arrays that it is handed, atomically, at every call, would take two thirds of the time of
    a record of 50 bytes.
    """
    return jit(function, _nrt=False)


@cache
def cache_folder(beside: Path) -> Path | None:
    """Where compiled kernels are kept; None if nothing can be written."""
    name = f"kernels-{_digest()}"
    return next((base / name for base in _bases(beside) if _writable(base / name)), None) or _nowhere()


@cache
def _digest() -> str:
    """Of what kernels are compiled from beside their own source: constants of the scheme, vector instructions."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:12]


@cache
def _nowhere() -> None:
    logging.getLogger(__name__).warning(
        "no folder for compiled kernels can be written: every start takes some seconds more; NUMBA_CACHE_DIR names one"
    )


def _bases(beside: Path) -> Iterator[Path]:
    if os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(os.environ["NUMBA_CACHE_DIR"])
    yield beside
    with suppress(RuntimeError):  # no home folder is known
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "findspot"
    with suppress(OSError):  # no temporary folder can be written
        temporary = Path(tempfile.gettempdir()) / f"findspot-{os.getuid() if hasattr(os, 'getuid') else 'kernels'}"
        if _private(temporary):
            yield temporary


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _private(folder: Path) -> bool:
    """Make the folder; whether it is this user's and no one else can write it. Anyone may make names in /tmp."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    if not hasattr(os, "getuid"):
        return stat.S_ISDIR(found.st_mode)
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022


def seed(shipped: Path, place: Path, name: str) -> None:
    """Copy the compiled kernel of this name from below ``shipped``, unless ``place`` has one; its index last."""
    index = sorted(shipped.glob(f"*/{name}-*.nbi"))
    if not index or any(place.glob(f"{name}-*.nbi")):
        return
    for source in [*sorted(shipped.glob(f"*/{name}-*.nbc")), *index]:
        handle, partial = tempfile.mkstemp(dir=place)
        os.close(handle)
        shutil.copyfile(source, partial)
        Path(partial).replace(place / source.name)
