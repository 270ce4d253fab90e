"""What the demo's terminal shows, from notifications to lines."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

from moonraker_cp.demo.screen import Screen, plain, render, what_next
from moonraker_cp.demo.view import Body, QueueView, View, look

URL = "http://127.0.0.1:7125"

VIEW = View(
    phase="printing",
    active=True,
    bed="occupied",
    file="clip.gcode",
    progress=0.5,
    layer="2/4",
    hotend=(184.6, 185.0),
    bed_heat=(45.2, 0.0),
    message="",
    waiting=(("washer.gcode", 1), ("tag.gcode", 3)),
    printed=(),
    reason="",
    advice="",
)


def job(number: int, path: str, **changes: Any) -> dict[str, Any]:
    part = {"id": number * 10, "path": path, "count": 1, "remaining": 1}
    return {"id": number, "count": 1, "remaining": 1, "sets": [part], **changes}


def test_notifications_are_merged_in_order() -> None:
    queue = QueueView()
    queue.replace({"revision": 3, "phase": "idle", "jobs": [job(1, "a"), job(2, "b")]})
    queue.merge({"revision": 4, "phase": "printing", "jobs": [], "removed": [1]})
    assert queue.phase == "printing"
    assert queue.waiting_files == [("b", 1)]
    queue.merge({"revision": 5, "jobs": [job(2, "b", remaining=0)], "removed": []})
    assert queue.waiting_files == []


def test_a_late_notification_changes_nothing() -> None:
    queue = QueueView()
    queue.replace({"revision": 3, "phase": "printing", "jobs": []})
    queue.merge({"revision": 2, "phase": "idle"})
    assert queue.phase == "printing"


def test_the_copy_in_print_does_not_wait() -> None:
    queue = QueueView()
    run = {"id": 1, "path": "a", "job_id": 1, "set_id": 10}
    jobs = [job(1, "a", count=3, remaining=3)]
    queue.replace({"revision": 1, "run": run, "jobs": jobs})
    assert queue.waiting("a") == 3
    assert queue.waiting_files == [("a", 2)]


def test_before_anything_is_known_there_is_a_picture() -> None:
    view = look(QueueView(), {}, [])
    assert view.phase == "unknown"
    assert render(view, URL, 80)


def test_progress_leaves_the_pictures_in_the_file_out() -> None:
    sdcard = {"progress": 0.75, "file_position": 750}
    assert Body("a", start=500, end=1000).progress(sdcard) == 0.5
    assert Body("a", start=800, end=1000).progress(sdcard) == 0.0
    assert Body().progress(sdcard) == 0.75


def test_klippys_trouble_is_a_reason() -> None:
    status = {"webhooks": {"state": "shutdown", "state_message": "Lost the MCU\n"}}
    assert look(QueueView(), status, []).reason == "Lost the MCU"


def test_no_line_is_longer_than_the_terminal() -> None:
    blocked = replace(VIEW, phase="blocked", reason="Why? " * 40, advice="Look. " * 40)
    for width in (40, 80, 200):
        lines = render(blocked, URL, width)
        assert max(map(len, lines)) < max(width, 80)
    text = "\n".join(render(VIEW, URL, 100))
    assert "layer 2/4" in text
    assert "185/185 °C" in text
    assert "washer.gcode, 3 × tag.gcode" in text


def test_every_situation_has_something_to_do_next() -> None:
    assert "active=false" in what_next(VIEW, URL)
    assert "active=true" in what_next(replace(VIEW, phase="inactive"), URL)
    idle = replace(VIEW, phase="idle", waiting=())
    assert "path=clip.gcode" in what_next(idle, URL)
    blocked = replace(VIEW, phase="blocked", advice="Take the part off.")
    assert what_next(blocked, URL).startswith("Take the part off.")


def test_a_log_gets_a_line_only_when_something_changed() -> None:
    out = io.StringIO()
    screen = Screen(out, URL)
    screen.show(VIEW)
    screen.show(replace(VIEW, hotend=(185.0, 185.0), progress=0.51))
    screen.show(replace(VIEW, progress=0.75))
    assert len(out.getvalue().splitlines()) == 2
    assert "clip.gcode 50%" in plain(VIEW)


def test_a_terminal_is_drawn_again_in_place() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    screen = Screen(out, URL)
    screen.show(VIEW)
    first = out.getvalue()
    assert "\x1b[" not in first
    screen.show(VIEW)
    assert f"\x1b[{len(first.splitlines())}F\x1b[J" in out.getvalue()
