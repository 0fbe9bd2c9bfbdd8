"""Converts PlantUML sources to SVG and PNG."""
