"""The proactive piece of work: a digest of what was said, and what it costs in tokens."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

CYCLE_COST = 10  # tokens that a cycle costs before it reads anything
CHARACTERS_A_TOKEN = 4
TOP_WORDS = 3


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Tokens of one day (UTC)."""

    limit: int
    used: int

    @property
    def left(self) -> int:
        """Tokens that may still be spent today, never negative."""
        return max(0, self.limit - self.used)


@dataclass(frozen=True, kw_only=True)
class Digest:
    """A sentence about the first `read` messages, and the tokens it took."""

    summary: str
    read: int
    tokens: int


def digest(texts: Sequence[str], budget: Budget) -> Digest | None:
    """Reads as many messages as the budget pays for, the last one perhaps in part.

    Names their most frequent words; commands and short words do not count. None when not even a cycle
    that reads nothing is affordable.
    """
    if budget.left < CYCLE_COST:
        return None
    tokens, heard = CYCLE_COST, []
    for text in texts:
        room = (budget.left - tokens) * CHARACTERS_A_TOKEN
        if room == 0:
            break
        part = text[:room]
        tokens += -(-len(part) // CHARACTERS_A_TOKEN)
        heard.append(part)
    return Digest(summary=_sentence(heard), read=len(heard), tokens=tokens)


def _sentence(texts: Sequence[str]) -> str:
    if not texts:
        return "Nothing new."
    spoken = [text for text in texts if not text.startswith("/")]
    words = Counter(word for text in spoken for word in re.findall(r"\w{4,}", text.lower()))
    ranked = sorted(words.items(), key=lambda pair: (-pair[1], pair[0]))[:TOP_WORDS]
    about = f", mostly about {', '.join(word for word, _ in ranked)}" if ranked else ""
    noun = "message" if len(texts) == 1 else "messages"
    return f"{len(texts)} new {noun}{about}."
