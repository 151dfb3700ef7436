"""Lets `python -m latebloom` stand for `latebloom`."""

from latebloom.cli import main

if __name__ == "__main__":
    main()
