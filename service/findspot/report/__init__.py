"""One report, many renderings: every figure is the report's own, a rendering only formats."""

from findspot.report.door import FORMATS, MEDIA_TYPES, format_of, load_report, render, write_report, write_text

__all__ = ["FORMATS", "MEDIA_TYPES", "format_of", "load_report", "render", "write_report", "write_text"]
