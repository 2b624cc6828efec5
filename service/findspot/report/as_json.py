"""The report as other programs read it: ``schemas/report.schema.json``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from findspot.audit.model import Report


def render(report: Report) -> str:
    """JSON with the model's field order, sorted keys in free mappings, two spaces of indent, a newline at the end."""
    return json.dumps(plain(report), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain(value: object) -> object:
    """The value as JSON types. Equal values give equal order, also where a mapping was filled in another order."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        return {field.alias or name: plain(getattr(value, name)) for name, field in fields.items()}
    if isinstance(value, dict):
        return {str(key): plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value
