"""What can be wrong with a request, and what each means over HTTP.

QueueError            500  base
├── BadRequest        400  the words are off: say which and what is wanted
├── NotFound          404  the thing named does not exist
├── Conflict          409  right words, wrong moment: say what to wait for
│   └── StaleEdit     409  made from an old picture: say what has changed
└── Unavailable       503  the store or Klipper did not answer; try again
"""

from __future__ import annotations

from collections.abc import Mapping


class QueueError(Exception):
    """A request that changes nothing; its text is for the person who sent it.

    details: the same for programs.
    """

    status = 500
    details: Mapping[str, object] = {}


class BadRequest(QueueError):
    status = 400


class NotFound(QueueError):
    status = 404


class Conflict(QueueError):
    status = 409


class StaleEdit(Conflict):
    """revision: the queue's now; job_ids: those that the sender has to look at again;
    order: whether jobs changed places."""

    def __init__(
        self, text: str, revision: int, job_ids: tuple[int, ...], order: bool
    ) -> None:
        super().__init__(text)
        self.details = {
            "revision": revision,
            "job_ids": list(job_ids),
            "order": order,
        }


class Unavailable(QueueError):
    status = 503
