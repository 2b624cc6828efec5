"""By what recipe the signatures of a dataset were made: as stated by an option or in its files, never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from findspot.errors import UsageError
from findspot.sketch import OWN_RECIPE, RECIPE_KEY, recipe_from_json, require_same

if TYPE_CHECKING:
    from collections.abc import Mapping

    from findspot.dataset.interface import ReadOptions
    from findspot.sketch import SignatureInfo


class StatedRecipe:
    """The one recipe of a dataset: of the signatures made here, or as an option or the first file states it."""

    def __init__(self, options: ReadOptions) -> None:
        """Start with what the options say.

        Raises:
            UsageError: Signatures shall be made and read at once.
        """
        if options.signatures and options.signature_recipe:
            raise UsageError(
                "signatures of the data's own recipe are to be read, and signatures to be made",
                advice="Leave out either --signature-recipe or --signatures.",
            )
        self._made = options.signatures
        self._stated = options.signature_recipe
        self.info: SignatureInfo | None = OWN_RECIPE if options.signatures else options.signature_recipe

    def of_file(self, metadata: Mapping[bytes, bytes] | None, where: str) -> SignatureInfo | None:
        """Recipe of the signatures in a file; None where its column is to be left alone.

        Raises:
            UsageError: The file states something that is no recipe.
            SchemeError: It states another recipe than the option, or than a file before it.
        """
        raw = (metadata or {}).get(RECIPE_KEY)
        if self._made or raw is None:
            return None if self._made else self._stated
        found = recipe_from_json(raw, f"{where}: {RECIPE_KEY.decode()}")
        if self.info is None:
            self.info = found
        against = "--signature-recipe" if self._stated else "the files before it"
        require_same(found, self.info, whose=where, against=against, advice="Audit files of one recipe at a time.")
        return found
