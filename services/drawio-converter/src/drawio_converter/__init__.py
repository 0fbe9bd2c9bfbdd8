"""Converts draw.io files, page by page, to SVG, PNG and PDF."""
