"""The question to another program: only a plain yes, in time, is a yes."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from moonraker_cp.printer.verify import LONGEST, LONGEST_TEXT, PATIENCE, Verdict, ask
from tests.fakes import in_virtual_time

SOON = 30.0
"""Seconds: more than a busy computer needs, so that no answer here is late."""


@dataclass
class Response:
    """As Moonraker's HttpResponse, as far as it is used."""

    url: str
    final_url: str
    status_code: int
    content: bytes
    error: BaseException | None


@dataclass
class HttpClient:
    """As Moonraker's component http_client: what goes wrong on the way is no exception
    but an error in the response."""

    client: AsyncHTTPClient

    async def request(
        self,
        method: str,
        url: str,
        body: bytes | str | list[Any] | dict[str, Any] | None = None,
        headers: dict[str, Any] | None = None,
        connect_timeout: float = 5.0,
        request_timeout: float = 10.0,
        attempts: int = 1,
    ) -> Response:
        assert isinstance(body, dict)
        request = HTTPRequest(
            url,
            method,
            {"Content-Type": "application/json"},
            json.dumps(body),
            connect_timeout=connect_timeout,
            request_timeout=request_timeout,
        )
        try:
            answer = await self.client.fetch(request, raise_error=False)
        except Exception as error:
            return Response(url, url, 500, b"", error)
        return Response(
            url, answer.effective_url, answer.code, answer.body, answer.error
        )


@dataclass
class Detector:
    """A small web server with a bed to look at, and the Moonraker that asks it.

    asked: the questions that came, as (content type, body).
    """

    url: str
    http_client: HttpClient
    status: int = 200
    answer: bytes = b'{"clear": true}'
    asked: list[tuple[str, Any]] = field(default_factory=list)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    def lookup_component(self, name: str) -> HttpClient:
        assert name == "http_client"
        return self.http_client

    async def judge(self, answer: object) -> Verdict:
        self.answer = (
            answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        )
        return await ask(self, self.url, SOON, {"path": "a.gcode"})

    @property
    def place(self) -> str:
        return self.url.split("/")[2]


class Handler(RequestHandler):
    def initialize(self, detector: Detector) -> None:
        self.detector = detector


class Look(Handler):
    def post(self) -> None:
        kind = self.request.headers["Content-Type"]
        self.detector.asked.append((kind, json.loads(self.request.body)))
        self.set_status(self.detector.status)
        self.finish(self.detector.answer)


class Sleep(Handler):
    async def post(self) -> None:
        await self.detector.go_on.wait()
        self.finish(b'{"clear": true}')


class Elsewhere(Handler):
    def post(self) -> None:
        self.redirect("/answer", status=302)


class Answer(Handler):
    def get(self) -> None:
        self.finish(b'{"clear": true}')


@pytest_asyncio.fixture
async def detector() -> AsyncIterator[Detector]:
    listening, port = bind_unused_port()
    client = AsyncHTTPClient(force_instance=True)
    one = Detector(f"http://127.0.0.1:{port}/look", HttpClient(client))
    handlers = (Look, Sleep, Elsewhere, Answer)
    application = Application(
        [(f"/{each.__name__.lower()}", each, {"detector": one}) for each in handlers],
        log_function=lambda handler: None,
    )
    server = HTTPServer(application)
    server.add_socket(listening)
    yield one
    one.go_on.set()
    client.close()
    server.stop()
    await server.close_all_connections()


# -- what is asked, what is answered --------------------------------------------


async def test_the_question_is_json(detector: Detector) -> None:
    assert await detector.judge({"clear": True}) == Verdict(True, "")
    assert detector.asked == [("application/json", {"path": "a.gcode"})]


async def test_message_and_picture_come_along(detector: Detector) -> None:
    said = {"clear": False, "message": "A part, 97 %", "picture": "/webcam/?action=1"}
    verdict = await detector.judge(said)
    assert verdict == Verdict(False, "A part, 97 %", "/webcam/?action=1")
    verdict = await detector.judge({**said, "clear": True, "picture": None})
    assert verdict == Verdict(True, "A part, 97 %")


async def test_a_no_without_a_word_gets_one(detector: Detector) -> None:
    verdict = await detector.judge({"clear": False, "message": " \n"})
    assert verdict == Verdict(
        False, f"{detector.place} says that the bed is not clear."
    )


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "did not answer in JSON"),
        (b"yes", "did not answer in JSON"),
        (b"<html>Welcome to nginx!</html>", "did not answer in JSON"),
        (b'{"clear": true', "did not answer in JSON"),
        (b'{"clear": true, "message": "\xff\xfe"}', "did not answer in JSON"),
        (b"[" * 60_000, "did not answer in JSON"),
        (b"true", 'did not answer {"clear": true}'),
        ([{"clear": True}], 'did not answer {"clear": true}'),
        ({}, 'did not answer {"clear": true}'),
        ({"Clear": True}, 'did not answer {"clear": true}'),
        ({"clear": 1}, 'did not answer {"clear": true}'),
        ({"clear": "true"}, 'did not answer {"clear": true}'),
        ({"clear": None}, 'did not answer {"clear": true}'),
        ({"clear": True, "message": ["x"]}, "message or picture that is not text"),
        ({"clear": True, "picture": {"url": "x"}}, "picture that is not text"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_anything_else_is_not_clear(
    detector: Detector, answer: object, why: str
) -> None:
    verdict = await detector.judge(answer)
    assert not verdict.clear
    assert verdict.text.startswith(f"The bed was not verified: {detector.place} ")
    assert why in verdict.text


async def test_the_size_of_an_answer(detector: Detector) -> None:
    said = b'{"clear": true}'
    assert (await detector.judge(said.ljust(LONGEST))).clear
    verdict = await detector.judge(said.ljust(LONGEST + 1))
    assert not verdict.clear
    assert "more than 64 kB" in verdict.text


@pytest.mark.parametrize("status", [201, 299])
async def test_a_status_of_success(detector: Detector, status: int) -> None:
    detector.status = status
    assert (await detector.judge({"clear": True})).clear


@pytest.mark.parametrize("status", [300, 400, 401, 404, 500, 503])
async def test_any_other_status(detector: Detector, status: int) -> None:
    detector.status = status
    verdict = await detector.judge({"clear": True})
    assert not verdict.clear
    assert f"HTTP status {status}." in verdict.text


async def test_a_question_that_is_sent_on_is_not_answered(detector: Detector) -> None:
    url = detector.url.replace("look", "elsewhere")
    verdict = await ask(detector, url, SOON, {})
    assert not verdict.clear
    assert "another address" in verdict.text


# -- no answer ------------------------------------------------------------------


async def test_no_answer_in_time(detector: Detector) -> None:
    verdict = await ask(detector, detector.url.replace("look", "sleep"), 0.05, {})
    late = f"{detector.place} gave no answer (Timeout during request)."
    assert verdict == Verdict(False, f"The bed was not verified: {late}")


class Sleeper:
    """A Moonraker whose client forgets its own timeouts."""

    def lookup_component(self, name: str) -> Sleeper:
        return self

    async def request(self, method: str, url: str, *_: Any, **timeouts: Any) -> None:
        await asyncio.Event().wait()


@in_virtual_time
async def test_a_client_that_forgets_to_answer() -> None:
    began = asyncio.get_running_loop().time()
    verdict = await ask(Sleeper(), "http://detector/look", 20.0, {})
    late = "detector did not answer within 20 seconds."
    assert verdict == Verdict(False, f"The bed was not verified: {late}")
    waited = asyncio.get_running_loop().time() - began
    assert waited == pytest.approx(20.0 + PATIENCE)


async def test_nobody_listens(detector: Detector) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # but never listens
        port = taken.getsockname()[1]
        verdict = await ask(detector, f"http://127.0.0.1:{port}/", SOON, {})
    assert not verdict.clear
    assert f"127.0.0.1:{port} gave no answer (" in verdict.text


async def test_the_connection_breaks(detector: Detector) -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    verdict = await ask(detector, f"http://127.0.0.1:{port}/", SOON, {})
    server.close()
    await server.wait_closed()
    assert not verdict.clear
    assert "gave no answer (" in verdict.text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "detector.local/look",
        "detector.local:8000",
        "ftp://detector/look",
        "file:///etc/passwd",
        "unix:///run/detector.sock",
        "http:///look",
        "http://:80/look",
        "http://host:port/",
        "http://host:99999/",
        "http://[::1/",
        "http://detector/the bed",
        "http://detector/\r\nX:y",
    ],
)
async def test_an_address_that_cannot_be_asked(detector: Detector, url: str) -> None:
    verdict = await ask(detector, url, SOON, {})
    assert not verdict.clear
    assert "http:// or https://" in verdict.text


async def test_a_password_in_the_address_is_not_told(detector: Detector) -> None:
    url = detector.url.replace("//", "//me:secret@") + "?token=hidden"
    detector.status = 500
    verdict = await ask(detector, url, SOON, {})
    assert verdict.text == (
        f"The bed was not verified: {detector.place} answered with the HTTP status 500."
    )


# -- what is shown --------------------------------------------------------------


async def test_a_message_is_one_short_printable_line(detector: Detector) -> None:
    message = " A part\r\n is\x00 on \ud800\u202ethe\tbed "
    verdict = await detector.judge({"clear": False, "message": message})
    assert verdict.text == "A part is on the bed"
    verdict = await detector.judge({"clear": True, "message": "ö" * LONGEST_TEXT})
    assert verdict.text == "ö" * LONGEST_TEXT
    verdict = await detector.judge({"clear": True, "message": "ö" * 501})
    assert verdict.text == "ö" * 499 + "…"


@pytest.mark.parametrize(
    ("picture", "shown"),
    [
        ("http://cam/1.jpg", True),
        ("https://cam/1.jpg?x=1#y", True),
        ("/server/files/camera/1.jpg", True),
        ("1.jpg", True),
        ("javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:image/svg+xml,<svg/>", False),
        ("ftp://cam/1.jpg", False),
        ("http://[cam/1.jpg", False),
        ("/\ud800", False),
        ("/" + "x" * 2000, False),
    ],
)
async def test_pictures(detector: Detector, picture: str, shown: bool) -> None:
    """What cannot be shown says nothing about the bed."""
    verdict = await detector.judge({"clear": True, "picture": picture})
    assert verdict == Verdict(True, "", picture if shown else "")
