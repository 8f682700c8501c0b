"""What the forge's continuous integration says of a commit."""

from __future__ import annotations

from enum import StrEnum


class Ci(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    PENDING = "pending"
