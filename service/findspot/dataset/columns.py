"""Which column of a file is the text, the id, a fact or an identifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from findspot.dataset.interface import ColumnMap
from findspot.errors import UsageError
from findspot.identity import column_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Names that are taken for the text column, the surest first; case does not matter.
TEXT_NAMES = (
    "text",
    "content",
    "contents",
    "body",
    "raw_content",
    "raw_text",
    "full_text",
    "document",
    "page_content",
    "article",
    "passage",
    "transcript",
    "markdown",
    "caption",
)
ID_NAMES = ("record_id", "id", "doc_id", "document_id", "_id", "docid", "uuid", "uid")
FACT_NAMES: dict[str, tuple[str, ...]] = {
    "language": ("language", "lang", "language_code"),
    "url": ("url", "source_url", "webpage_url", "uri", "link"),
    "title": ("title", "book_title"),
    "creator": ("creator", "author", "authors", "creators"),
    "source": ("source", "pile_set_name", "source_name", "corpus", "subset"),
    "acquired_at": (
        "acquired_at",
        "date_download",
        "download_date",
        "retrieved_at",
        "fetched_at",
        "crawled_at",
        "crawl_date",
        "timestamp",
        "added",
        "date",
    ),
}
IDENTIFIER_NAMES = ("identifiers", "identifier")  # of any kind, "isbn:9780000000002" or bare
NESTED = ("meta", "metadata", "identifiers")  # columns whose own fields are looked through as well

SIGNATURE_NAMES = ("signature", "minhash", "minhash_signature", "hashvalues")  # lists of numbers

Path = tuple[str, ...]


@dataclass(frozen=True)
class Columns:
    """A column map with its names as paths: ``("meta", "body")`` is field ``body`` of column ``meta``."""

    text: Path | None
    id: Path | None
    facts: tuple[tuple[str, Path], ...]
    identifiers: tuple[tuple[str, Path], ...]
    signature: Path | None = None

    @property
    def paths(self) -> list[Path]:
        """All columns that are needed, each once."""
        named = [self.text, self.id, self.signature]
        named += [path for _, path in (*self.facts, *self.identifiers)]
        return list(dict.fromkeys(p for p in named if p))

    def named(self) -> ColumnMap:
        """The same with dotted names."""
        return ColumnMap(
            text=".".join(self.text) if self.text else None,
            id=".".join(self.id) if self.id else None,
            facts=tuple((name, ".".join(path)) for name, path in self.facts),
            identifiers=tuple((kind, ".".join(path)) for kind, path in self.identifiers),
            signature=".".join(self.signature) if self.signature else None,
        )


def signature_path(seen: Mapping[Path, bool], *, stated: bool) -> Path | None:
    """The column of signatures. Unless a recipe is ``stated``, one of text is no such column whatever it is called."""
    found = {path[0].lower(): path for path, textual in seen.items() if len(path) == 1 and (stated or not textual)}
    return next((found[name] for name in SIGNATURE_NAMES if name in found), None)


def resolve(
    seen: Mapping[Path, bool],
    *,
    text_column: str | None,
    id_column: str | None,
    where: str,
    signature: Path | None = None,
    hint: str = "",
) -> Columns:
    """Decide what each column is.

    Args:
        seen: The columns and the fields of nested ones, in their order; true where one may hold text.
        text_column: As asked for, dotted for nested columns; None finds out.
        id_column: Likewise.
        where: Name of the file, for messages.
        signature: The column of signatures, where their recipe is stated.
        hint: What else can be done where no column is of use.

    Raises:
        UsageError: A column that was asked for is not there or holds no text, or none can be found that is a text
            column or at least an identifier or a signature.
    """
    text = _asked(seen, text_column, "--text-column", where) if text_column else _find_text(seen)
    if text_column and text and not seen[text]:
        raise UsageError(f"{where}: column {text_column} holds no text", advice=_listed(seen))
    record_id = _asked(seen, id_column, "--id-column", where) if id_column else _find(seen, ID_NAMES)
    facts = tuple((field, path) for field, names in FACT_NAMES.items() if (path := _find(seen, names)) and path != text)
    identifiers = tuple((kind, path) for path in seen if path != text and (kind := _kind(path)) is not None)
    link = dict(facts).get("url")
    if link and link not in dict.fromkeys(path for _, path in identifiers):
        identifiers = (*identifiers, ("url", link))
    if text is None and not identifiers and signature is None:
        raise UsageError(
            f"{where}: no column is known as text and none as an identifier",
            advice=f"Name the text column with --text-column. {_listed(seen)} "
            f"Known as text are: {', '.join(TEXT_NAMES)}.{hint}",
        )
    return Columns(text, record_id, facts, identifiers, signature)


def _asked(seen: Mapping[Path, bool], name: str, option: str, where: str) -> Path:
    """The column of that name: a column whose own name has the dots goes before a nested one."""
    for path in ((name,), tuple(name.split("."))):
        if path in seen:
            return path
    raise UsageError(f"{where}: there is no column {name} ({option})", advice=_listed(seen))


def _listed(seen: Iterable[Path]) -> str:
    names = [".".join(path) for path in seen]
    more = f" and {len(names) - 40} more" if len(names) > 40 else ""
    return f"The columns are: {', '.join(names[:40])}{more}." if names else "It has no columns."


def _find_text(seen: Mapping[Path, bool]) -> Path | None:
    lowered = {path[0].lower(): path for path, textual in reversed(list(seen.items())) if textual and len(path) == 1}
    return next((lowered[name] for name in TEXT_NAMES if name in lowered), None)


def _find(seen: Mapping[Path, bool], names: tuple[str, ...]) -> Path | None:
    """The column of the first of these names, top columns before those of ``meta``."""
    lowered = {path: path[-1].lower() for path in seen if _looked_through(path) and path[0].lower() != "identifiers"}
    for depth in (1, 2):
        for name in names:
            for path, low in lowered.items():
                if low == name and len(path) == depth:
                    return path
    return None


def _kind(path: Path) -> str | None:
    """Kind of identifier that a column holds; "" for any, None for none."""
    if not _looked_through(path):
        return None
    name = path[-1].lower()
    if len(path) == 1 and name in IDENTIFIER_NAMES:
        return ""
    return column_kind(name)


def _looked_through(path: Path) -> bool:
    return len(path) == 1 or (len(path) == 2 and path[0].lower() in NESTED)
