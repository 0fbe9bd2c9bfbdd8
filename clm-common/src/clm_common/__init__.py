"""What the CLM converters share: command line, batches, outside programs, output files, errors."""

__version__ = "0.3.0"
