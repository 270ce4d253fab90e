"""Job files in the gcodes folder: a job out of the queue, or into it.

What reads and writes them is loaded with the first of them: most printers see none.
"""

from __future__ import annotations

import asyncio
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Callable, TypeVar

from ..core.edits import NewJob, NewSet
from ..core.errors import BadRequest, NotFound
from ..core.model import Job
from .gjob_names import SUFFIX, check_job_file, free_name, safe_stem

if TYPE_CHECKING:
    from .gjob_manifest import Manifest

T = TypeVar("T")


class JobFiles:
    """root: tells where the gcodes folder is. The work is done on a thread."""

    def __init__(self, root: Callable[[], str]) -> None:
        self._root = root

    async def export(self, job: Job) -> str:
        """Write a job file; its path, relative to the gcodes folder."""
        if not job.sets:
            raise BadRequest(f"{job.name} has no sets, so there is nothing to export.")
        root = self._folder()

        def write() -> str:
            from .gjob import write_job_file

            name = free_name(
                safe_stem(job.name), SUFFIX, lambda one: (root / one).exists()
            )
            write_job_file(root / name, _manifest(job), root)
            return name

        return await _on_thread(write)

    async def load(self, path: str) -> NewJob:
        """Unpack a job file of the gcodes folder beside it; a draft of what it held."""
        root = self._folder()
        clean = posixpath.normpath(path.strip().lstrip("/"))
        check_job_file(clean)
        folder = posixpath.dirname(clean)

        def read() -> Manifest:
            from .gjob import read_job_file

            return read_job_file(root / clean, root, folder)

        return _new_job(await _on_thread(read))

    def _folder(self) -> Path:
        root = self._root()
        if not root:
            raise NotFound("Moonraker does not know the gcodes folder yet.")
        return Path(root)


async def _on_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, work)


def _manifest(job: Job) -> Manifest:
    from .gjob_manifest import Manifest, ManifestSet

    sets = tuple(
        ManifestSet(
            one.path,
            one.count,
            one.materials,
            one.profiles,
            one.metadata,
            one.release_temperature,
            one.on_failure,
            one.retries,
            one.spools,
        )
        for one in job.sets
    )
    passes = 1 if job.is_endless else job.count
    return Manifest(job.name, passes, sets, job.draft, job.created)


def _new_job(manifest: Manifest) -> NewJob:
    sets = tuple(
        NewSet(
            one.path,
            one.count,
            one.metadata,
            one.materials,
            one.profiles,
            one.release_temperature,
            one.on_failure,
            one.retries,
            one.spools,
        )
        for one in manifest.sets
    )
    return NewJob(sets, manifest.name, max(manifest.count, 1), draft=True)
