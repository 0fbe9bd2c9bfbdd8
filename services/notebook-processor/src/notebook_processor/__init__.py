"""Turns notebooks (percent format or .ipynb), executed or not, into HTML, notebooks and scripts."""
