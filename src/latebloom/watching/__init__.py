"""Other people's training loops: look at any torch module while somebody else trains it, and store what is seen."""

from latebloom.watching.watch import Watch, watch

__all__ = ["Watch", "watch"]
