"""What the answers are made of: the lab, the access, and what this server keeps while it is up."""

from __future__ import annotations

from dataclasses import dataclass, field

from latebloom.lens.client import LensClient
from latebloom.store import ColumnReader, Lab
from latebloom.web.access import Access
from latebloom.web.assets import Assets
from latebloom.web.feed import Feed
from latebloom.web.jobs import Jobs
from latebloom.web.kept import Kept
from latebloom.web.work import Work


@dataclass(frozen=True, slots=True)
class Context:
    """A server's lab and means."""

    lab: Lab
    access: Access
    reader: ColumnReader
    assets: Assets = field(default_factory=Assets)
    work: Work = field(default_factory=Work)
    feed: Feed = field(default_factory=Feed)
    jobs: Jobs = field(default_factory=Jobs)
    kept: Kept = field(default_factory=Kept)
    lens: LensClient = field(init=False)

    def __post_init__(self) -> None:
        """Have a lens of the lab, which is started when it is first asked."""
        object.__setattr__(self, "lens", LensClient(self.lab))

    @property
    def cursor(self) -> str:
        """The number of the newest piece of news. Taken before a view is computed, none is missed after it."""
        return str(self.feed.cursor)
