"""Reports to render: values in the shape of real ones, made from a seed."""

from __future__ import annotations

import random
from typing import Any

from findspot.audit.model import (
    CollectionSummary,
    ErrorRate,
    Estimate,
    ExplainedBy,
    Finding,
    Input,
    Level,
    Method,
    Outcome,
    RecordEvidence,
    Records,
    Reference,
    Report,
    Skipped,
    SubjectReport,
    Summary,
    Tier,
    Tool,
    Verdict,
    Work,
    content_id,
)

XSS = '<script>alert(1)</script> "><img src=x onerror=alert(2)> | `code` [a](javascript:alert(3))'
INFOHASH = "infohash:0123456789abcdef0123456789abcdef01234567"
LONG = (
    "The Strange and Surprising Adventures of a Most Unfortunate Clerk, Who, Having Been Put Ashore upon a Desolate "
    "Coast with Nothing but a Ledger and a Parrot, Lived There Eight and Twenty Years, and Was at Last as Strangely "
    "Delivered by Pirates; with an Account of How He Kept His Books in Order throughout, Written by Himself"
)


def finding(n: int, title: str, creator: str | None, **changes: Any) -> Finding:
    """An open finding of tier T3 that covers a third of a work in one stretch, unless changed."""
    length = 90_000
    values: dict[str, Any] = {
        "id": f"{n:032x}",
        "collection": "books3",
        "collections": ("books3",),
        "release": "2020-10",
        "work": Work(
            id=f"w{n}",
            title=title,
            creator=creator,
            identifiers=(f"isbn:97800000{n:05d}",),
            n_tokens=length,
        ),
        "lane": "content",
        "tier": Tier.T3,
        "detector": "text",
        "detectors": ("text",),
        "level": Level.FOUND,
        "coverage": Estimate(estimate=0.333, low=0.31, high=0.356),
        "coverage_aligned": 0.32,
        "matched": 469,
        "sampled": 1406,
        "regions": 60,
        "spans": ((30_000, 60_000),),
        "records": evidence(n, 60),
        "explained_by": None,
        "status": "open",
        "exception": None,
    }
    return Finding(**(values | changes))


def evidence(seed: int, count: int) -> Records:
    """The first five of ``count`` records."""
    rng = random.Random(seed)
    top = tuple(
        RecordEvidence(
            record_id=f"{rng.getrandbits(64):016x}",
            shard=f"train/part-{rng.randrange(400):05d}.parquet",
            containment=round(rng.uniform(0.8, 1.0), 4),
            matched=rng.randrange(3, 14),
        )
        for _ in range(min(5, count))
    )
    return Records(count=count, top=top)


def scattered(n_tokens: int, share: float, seed: int) -> tuple[tuple[int, int], ...]:
    """Spans of about 512 tokens all over a work, ``share`` of it altogether."""
    rng = random.Random(seed)
    chunks = [i for i in range(n_tokens // 512) if rng.random() < share]
    return tuple((i * 512 + rng.randrange(40), i * 512 + 512 - rng.randrange(40)) for i in chunks)


def novel(n: int, title: str, creator: str, n_tokens: int, share: float, **changes: Any) -> Finding:
    """A finding spread over a long work."""
    work = Work(id=f"w{n}", title=title, creator=creator, identifiers=(f"isbn:97800000{n:05d}",), n_tokens=n_tokens)
    values: dict[str, Any] = {
        "work": work,
        "coverage": Estimate(estimate=share, low=max(0, share - 0.02), high=min(1, share + 0.02)),
        "coverage_aligned": share * 0.97,
        "spans": scattered(n_tokens, share, n),
        "sampled": n_tokens // 64,
        "matched": int(n_tokens / 64 * share),
        "regions": int(n_tokens / 512 * share),
        "records": evidence(n, int(n_tokens / 512 * share)),
    }
    return finding(n, title, creator, **(values | changes))


def findings() -> tuple[Finding, ...]:
    """Twelve open findings of several collections, tiers and scripts, and two explained ones."""
    both = ("books3", "libgen")
    no_text: dict[str, Any] = {
        "level": None,
        "coverage": None,
        "coverage_aligned": None,
        "matched": 0,
        "sampled": 0,
        "regions": 0,
        "spans": (),
        "detector": "identifier",
        "detectors": ("identifier",),
    }
    video = Work(id="v1", title="How Tides Work", creator="A Channel", identifiers=("youtube:dQw4w9WgXcQ",))
    hits = Records(
        count=2,
        top=(
            RecordEvidence(
                record_id="yt-0031",
                shard="subs.jsonl.gz",
                containment=None,
                matched=0,
                identifiers=("youtube:dQw4w9WgXcQ",),
            ),
        ),
    )
    torrent = Work(
        id="t1", title=None, creator=None, identifiers=("infohash:0123456789abcdef0123456789abcdef01234567",)
    )
    return (
        finding(
            1, "How Tides Work", "A Channel", work=video, collection="youtube-subtitles",
            collections=("youtube-subtitles",), release="2020-09", tier=Tier.T1, records=hits, **no_text,
        ),
        novel(2, "The Long Voyage Home", "Ada Marsh", 120_000, 0.93, tier=Tier.T2, collections=both),
        novel(3, "Middle Distance", "Ada Marsh", 120_000, 0.42, collections=both, detectors=("identifier", "text")),
        novel(4, "吾輩は猫である", "夏目 漱石", 210_000, 0.61, collection="libgen", collections=("libgen",)),
        novel(5, "Преступление и наказание", "Фёдор Достоевский", 172_000, 0.18, collections=("libgen", "zlib")),
        novel(6, "ألف ليلة وليلة", "مجهول", 98_000, 0.27, collection="libgen", collections=("libgen",)),
        finding(7, LONG, "Several hands, of whom the first was a clerk and the last a printer in Little Britain"),
        finding(8, XSS, "<b>bold</b>"),
        finding(
            9, "Songs of the Weir", "T. Okafor", level=Level.PROBABLE, matched=5, regions=2,
            coverage=Estimate(estimate=0.021, low=0.011, high=0.04), spans=((1_200, 1_900), (71_000, 71_800)),
            exception={"status": "licensed", "approver": "Rights desk", "expires": "2027-06-30"},
        ),
        finding(
            10, "A Short Treatise on Locks", None, level=Level.PASSAGE, matched=2, regions=1, records=evidence(10, 1),
            coverage_aligned=0.0007,
            coverage=Estimate(estimate=0.0008, low=0.0001, high=0.004), spans=((44_000, 44_250),),
        ),
        finding(11, "Untranslated Letters", "E. Brandt", tier=Tier.T4, **no_text | {"detector": "title"}),
        finding(
            12, "", None, work=torrent, lane="acquisition", collection="swarms", collections=("swarms",),
            release="2024-03", tier=Tier.T1, records=Records(count=1, top=()), **no_text,
        ),
        novel(
            13, "Middle Distance (school edition)", "Ada Marsh", 60_000, 0.31, status="explained",
            explained_by=ExplainedBy(work="w3", collection="books3", release="2020-10", title="Middle Distance"),
        ),
        finding(
            14, "The Preacher's Year", "H. Cole", status="explained", level=Level.PASSAGE,
            explained_by=ExplainedBy(work="kjv-ecclesiastes", collection="bible", release="2024-01"),
        ),
    )  # fmt: skip


REFERENCES = (
    ("books3", "Books3", "books", "2020-10", "2020-10-25", "pirated", 196_640, 1_200),
    ("libgen", "Library Genesis", "books", "2021-06", "2021-06-30", "pirated", 7_512_004, 48_000),
    ("zlib", "Z-Library", "books", "2022-11", "2022-11-04", "pirated", 11_301_772, 0),
    ("youtube-subtitles", "The Pile: YouTube Subtitles", "video", "2020-09", "2020-09-01", "scraped", 173_536, 0),
    ("swarms", "Films seen in BitTorrent swarms", "film", "2024-03", "2024-03-31", "pirated", 2_396, 0),
    ("bible", "Bible editions in the public domain", "books", "2024-01", "2024-01-01", "commons", 462, 462),
)


def references() -> tuple[Reference, ...]:
    """Six releases."""
    return tuple(
        Reference(
            collection=slug, title=title, kind=kind, release=release, as_of=as_of, status=status, works=works,
            fingerprinted=fingerprinted, digest=f"sha256:{i:064x}",
        )
        for i, (slug, title, kind, release, as_of, status, works, fingerprinted) in enumerate(REFERENCES, 0xC0FFEE)
    )  # fmt: skip


def summary() -> Summary:
    """Figures that go with :func:`findings`."""
    rows = (
        ("books3", 7, 196_640, {Tier.T2: 1, Tier.T3: 5, Tier.T4: 1}),
        ("libgen", 5, 7_512_004, {Tier.T2: 1, Tier.T3: 4}),
        ("zlib", 1, 11_301_772, {Tier.T3: 1}),
        ("youtube-subtitles", 1, 173_536, {Tier.T1: 1}),
        ("swarms", 1, 2_396, {Tier.T1: 1}),
    )
    return Summary(
        works=12,
        records_matched=972,
        tokens_matched=Estimate(estimate=431_000, low=412_300, high=449_800),
        share_of_tokens=Estimate(estimate=0.027156, low=0.025978, high=0.02834),
        share_of_records=0.0311,
        collections=tuple(
            CollectionSummary(
                collection=slug, works_matched=n, works_total=total, share_of_collection=n / total, by_tier=tiers
            )
            for slug, n, total, tiers in rows
        ),
    )


def subject(**changes: Any) -> SubjectReport:
    """A dataset of two shards, of which a little could not be read."""
    values: dict[str, Any] = {
        "name": "pretraining-mix-2026-11",
        "digest": f"sha256:{7:064x}",
        "records": 31_254,
        "tokens": 15_871_332,
        "bytes": 93_400_118,
        "coverage": 0.9981,
        "skipped": (
            Skipped(reason="invalid UTF-8", count=42, places=("part-3.jsonl.zst:1181", "part-3.jsonl.zst:1182")),
            Skipped(reason="text is null", count=17),
        ),
        "inputs": (
            Input(name="train/part-00000.parquet", bytes=48_211_000, sha256=f"{8:064x}"),
            Input(name="train/part-00003.jsonl.zst", bytes=45_189_118, sha256=f"{9:064x}"),
        ),
    }
    return SubjectReport(**(values | changes))


def _rate(quantity: Any, events: int, trials: int, **stated: Any) -> ErrorRate:
    low, high = (0.0, 3 / trials) if not events else (0.9 * events / trials, 1.1 * events / trials)
    return ErrorRate(
        detector="text",
        level=Level.FOUND,
        quantity=quantity,
        trials=trials,
        events=events,
        estimate=events / trials,
        low=low,
        high=high,
        data="novels",
        **stated,
    )


def report(**changes: Any) -> Report:
    """A report that fails, unless changed; its id is that of its content."""
    values: dict[str, Any] = {
        "id": "",
        "created": "2026-11-22T12:00:00Z",
        "tool": Tool(name="findspot", version="0.1.0"),
        "subject": subject(),
        "references": references(),
        "method": Method(
            scheme="fs1",
            k=8,
            scaled=64,
            detectors={
                "text": {"min_matched": 3, "window_tokens": 1024},
                "identifier": {"kinds": "isbn, doi"},
            },
            error_rates=(
                _rate("false_negative_rate", 0, 288, length=">=5k", share=1.0, noise="none"),
                _rate("false_negative_rate", 7, 288, length=">=5k", share=0.2, noise="none"),
                _rate("false_positive_rate", 0, 920, noise="none"),
            ),
        ),
        "verdict": Verdict(
            outcome=Outcome.FAIL,
            reasons=(
                "9 open findings of tier T1, T2 or T3 at level found against collections that are pirated or scraped; "
                "the policy allows 0.",
                "1 finding of the acquisition lane: a torrent of the swarms collection is among the sources.",
            ),
        ),
        "summary": summary(),
        "findings": findings(),
        "limits": (
            "Paraphrases and translations are not detected.",
            "Works of which a collection holds no text are matched by identifier and title alone.",
            "A passage of fewer than about 190 words may fall between two sampled hashes.",
        ),
    }
    made = Report(**(values | changes))
    return made.model_copy(update={"id": content_id(made.model_dump(mode="json", by_alias=True))})


_NOTHING = Summary(
    works=0,
    records_matched=0,
    tokens_matched=Estimate(estimate=0, low=0, high=0),
    share_of_tokens=Estimate(estimate=0, low=0, high=0),
    share_of_records=0.0,
    collections=(),
)


def failing() -> Report:
    """Twelve open findings in several collections and scripts, two explained ones."""
    return report()


def inconclusive() -> Report:
    """Too little of the dataset could be read."""
    skipped = (Skipped(reason="column text is missing", count=900_112, places=("part-00001.parquet",)),)
    return report(
        subject=subject(coverage=0.41, skipped=skipped),
        verdict=Verdict(
            outcome=Outcome.INCONCLUSIVE, reasons=("41 % of the dataset was read; the policy asks for at least 95 %.",)
        ),
        summary=_NOTHING,
        findings=(),
    )


def passing() -> Report:
    """Nothing found."""
    return report(
        subject=subject(coverage=1.0, skipped=()),
        verdict=Verdict(outcome=Outcome.PASS, reasons=("0 open findings; the policy allows 0.",)),
        summary=_NOTHING,
        findings=(),
    )


ALL = {"failing": failing, "inconclusive": inconclusive, "passing": passing}
