"""What can be wrong with a request, and what each means over HTTP.

QueueError            500  base
├── BadRequest        400  the words are off: say which and what is wanted
├── NotFound          404  the thing named does not exist
├── Conflict          409  right words, wrong moment: say what to wait for
└── Unavailable       503  the store or Klipper did not answer; try again
"""

from __future__ import annotations


class QueueError(Exception):
    """A request that changes nothing; its text is for the person who sent it."""

    status = 500


class BadRequest(QueueError):
    status = 400


class NotFound(QueueError):
    status = 404


class Conflict(QueueError):
    status = 409


class Unavailable(QueueError):
    status = 503
