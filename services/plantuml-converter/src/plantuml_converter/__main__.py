from clm_common.cli import main

from .converter import command


def run() -> None:
    """Entry point of the `plantuml-converter` script."""
    main(command)


if __name__ == "__main__":
    run()
