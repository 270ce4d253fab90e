"""moonraker-timelapse: its events, as its component sends them, and as it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Callable, cast

import pytest

from moonraker_cp.printer.timelapse import EVENT, Timelapse
from tests.fakes import in_virtual_time

LIMIT = 300.0
VIDEO = "timelapse_a.gcode_20260102_0304.mp4"


class Component:
    """A stand-in that announces its renderings in the fields of the real one."""

    def __init__(self, limit: float = LIMIT) -> None:
        self.said: list[tuple[str, ...]] = []
        self._handlers: dict[str, Callable[[Any], None]] = {}
        self.timelapse = Timelapse(
            cast(Any, self),
            lambda file, video: self.said.append((file, video)),
            lambda: self.said.append(("calmed",)),
            limit,
            lambda: 1000.0 + asyncio.get_running_loop().time(),
        )

    def register_event_handler(self, event: str, handler: Any) -> None:
        self._handlers[event] = handler

    def announce(self, news: Any) -> None:
        self._handlers[EVENT](news)

    def render(self, status: str, **fields: Any) -> None:
        self.announce({"action": "render", "status": status, **fields})

    def begin(self) -> None:
        settings = {"framerate": 30, "crf": 23, "pixelformat": "yuv420p"}
        self.render("started", framecount="120", settings=settings)

    def progress(self, percent: int) -> None:
        self.render("running", progress=percent)

    def succeed(self, file: str = "a.gcode", video: str = VIDEO) -> None:
        self.render(
            "success",
            framecount="120",
            filename=video,
            printfile=file,
            previewimage=video.replace(".mp4", ".jpg"),
            msg=f"Rendering Video successful: {video}",
        )


@in_virtual_time
async def test_a_video_is_rendered() -> None:
    component = Component()
    assert not component.timelapse.rendering
    component.begin()
    for percent in range(100):
        await asyncio.sleep(1.0)
        component.progress(percent)
        assert component.timelapse.rendering
    assert component.said == []
    component.succeed()
    assert component.said == [("a.gcode", VIDEO), ("calmed",)]
    assert not component.timelapse.rendering
    await asyncio.sleep(2 * LIMIT)
    assert len(component.said) == 2, "each is told once"


@in_virtual_time
@pytest.mark.parametrize("status", ["error", "skipped"])
async def test_a_rendering_without_a_video_ends_too(status: str) -> None:
    component = Component()
    component.begin()
    component.render(status, msg="Rendering Video failed", cmdresponse="")
    assert component.said == [("calmed",)]
    assert not component.timelapse.rendering


@in_virtual_time
async def test_a_rendering_that_never_ends_is_waited_for_up_to_the_limit() -> None:
    component = Component()
    component.begin()
    for _ in range(int(LIMIT) - 1):
        await asyncio.sleep(1.0)
        component.progress(50)
    assert component.timelapse.rendering
    await asyncio.sleep(1.5)
    assert component.said == [("calmed",)]
    component.progress(51)
    assert not component.timelapse.rendering, "nobody waits for it any more"


@in_virtual_time
async def test_a_video_that_comes_late_is_told_with_when_it_was_begun() -> None:
    component = Component()
    await asyncio.sleep(5.0)
    component.begin()
    await asyncio.sleep(2 * LIMIT)
    component.succeed()
    assert component.said == [("calmed",), ("a.gcode", VIDEO)]
    assert component.timelapse.began == pytest.approx(1005.0)


@in_virtual_time
async def test_each_rendering_has_the_whole_limit() -> None:
    component = Component()
    component.begin()
    await asyncio.sleep(LIMIT - 1)
    component.begin()
    await asyncio.sleep(LIMIT - 1)
    assert component.timelapse.rendering
    assert component.said == []


@in_virtual_time
async def test_an_end_without_a_beginning_calms_nobody() -> None:
    component = Component()
    component.render("skipped", msg="no frames to render, skip")
    component.render("running", msg="render is already running")
    assert component.said == []
    assert not component.timelapse.rendering


@in_virtual_time
async def test_with_no_limit_nobody_waits_but_videos_are_told() -> None:
    component = Component(limit=0.0)
    component.begin()
    assert not component.timelapse.rendering
    component.succeed()
    assert component.said == [("a.gcode", VIDEO)]


@in_virtual_time
async def test_after_a_stop_nobody_is_called() -> None:
    component = Component()
    component.begin()
    component.timelapse.stop()
    await asyncio.sleep(2 * LIMIT)
    assert component.said == []


@in_virtual_time
@pytest.mark.parametrize(
    "news",
    [
        {"action": "newframe", "status": "success", "frame": "1"},
        {"action": "saveframes", "status": "started"},
        {"action": "render"},
        {"action": "render", "status": None},
        {"action": "render", "status": ["started"]},
        {"status": "started"},
        "started",
        None,
        [],
    ],
)
async def test_anything_else_is_let_be(news: Any) -> None:
    component = Component()
    component.announce(news)
    assert (component.said, component.timelapse.rendering) == ([], False)
    component.begin()
    component.announce(news)
    assert (component.said, component.timelapse.rendering) == ([], True)


@in_virtual_time
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"filename": VIDEO},
        {"filename": VIDEO, "printfile": ""},
        {"filename": "", "printfile": "a.gcode"},
        {"filename": 7, "printfile": "a.gcode"},
        {"filename": VIDEO, "printfile": None},
    ],
)
async def test_a_video_of_nobody_knows_what_is_not_told(
    fields: Mapping[str, Any],
) -> None:
    component = Component()
    component.begin()
    component.render("success", **fields)
    assert component.said == [("calmed",)]
