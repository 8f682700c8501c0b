"""The parameters of one call, whatever way they came: query string, form, multipart or JSON."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from demo.botapi.errors import bad_request
from demo.botapi.values import Bot


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that came with the call."""

    name: str
    content: bytes
    mime_type: str = "application/octet-stream"


@dataclass(frozen=True)
class Call:
    bot: Bot
    params: dict[str, Any]
    files: dict[str, Upload]

    def text(self, name: str) -> str:
        """Empty when absent."""
        value = self.params.get(name)
        if value is None:
            return ""
        return value if isinstance(value, str) else json.dumps(value)

    def integer(self, name: str, default: int = 0, low: int = -(2**63), high: int = 2**63 - 1) -> int:
        """Clamped to the limits, as Telegram does; the default when absent or not a number."""
        try:
            value = int(self.params.get(name, default))
        except (TypeError, ValueError):
            return default
        return max(low, min(high, value))

    def flag(self, name: str) -> bool:
        return str(self.params.get(name, "")).lower() in ("true", "yes", "1")

    def decoded(self, name: str, what: str) -> Any:
        """A JSON value, None when absent. Raises ApiError 400 `can't parse <what> JSON object`."""
        value = self.params.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"Can't parse {what} JSON object") from None
