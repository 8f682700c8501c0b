"""The source code that is deployed: what the remote holds, and exactly one commit of it on disk."""

from pipeline.source.branches import Branch
from pipeline.source.errors import CommitUnusable, RemoteUnreachable, SourceError, UnknownTarget
from pipeline.source.export import Exported
from pipeline.source.history import Commit, Commits
from pipeline.source.refs import is_branch, is_object_name, is_ref
from pipeline.source.remote import remote_tips
from pipeline.source.repository import Resolved, Source
from pipeline.source.url import check_url, shown_url

__all__ = [
    "Branch",
    "Commit",
    "CommitUnusable",
    "Commits",
    "Exported",
    "RemoteUnreachable",
    "Resolved",
    "Source",
    "SourceError",
    "UnknownTarget",
    "check_url",
    "is_branch",
    "is_object_name",
    "is_ref",
    "remote_tips",
    "shown_url",
]
