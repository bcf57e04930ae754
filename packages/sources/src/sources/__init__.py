"""Where the models of BUNDLE come from, and how a process notices that another bundle is there."""

from sources.configured import configured_sources
from sources.folder import FolderSource
from sources.follower import Follower, Refusal
from sources.registered import RegisteredSource
from sources.source import Edition, Source
from sources.spare import in_spare_time
from sources.thread import in_daemon

__all__ = [
    "Edition",
    "FolderSource",
    "Follower",
    "Refusal",
    "RegisteredSource",
    "Source",
    "configured_sources",
    "in_daemon",
    "in_spare_time",
]
