"""datatrove: stage 1 of its MinHash pipeline without reading and writing. Words by ``str.split``, in its favour.

Its own word tokenizer for English is spaCy's, some times slower.
"""

from __future__ import annotations

from functools import partial
from tempfile import gettempdir
from typing import TYPE_CHECKING

import numpy as np
from datatrove.pipeline.dedup import minhash
from datatrove.utils.hashing import HashConfig

from .door import RAW, Contender, K, identity, positions_equal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt


_NEEDS_NO_MODEL = "aii_Syrc"  # a language whose tokenizer is made without spaCy


class _Split:
    @staticmethod
    def word_tokenize(text: str) -> list[str]:
        return text.split()


def _stage(hashes: str) -> minhash.MinhashDedupSignature:
    config = minhash.MinhashConfig(
        n_grams=K, num_buckets=16, hashes_per_bucket=8, hash_config=HashConfig(precision=64, hash_fc=hashes)
    )
    stage = minhash.MinhashDedupSignature(gettempdir(), config, language=_NEEDS_NO_MODEL)
    stage.word_tokenizer = _Split()
    return stage


def _made(texts: Sequence[str], stage: minhash.MinhashDedupSignature) -> list[npt.NDArray[np.uint64]]:
    return [np.concatenate(stage.get_signature(stage.get_shingles(text))) for text in texts]


def contenders(program: str) -> list[Contender]:
    """Both of its hash functions."""
    return [
        Contender(
            program,
            f"signature stage, {name}, words by str.split",
            RAW,
            True,
            partial(_made, stage=_stage(name)),
            positions_equal,
            identity,
        )
        for name in ("sha1", "xxhash")
    ]
