"""The page's files: what is there is sent, packed once, and nothing else is."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import pytest

from moonraker_cp.api import pages
from moonraker_cp.api.pages import (
    FOR_EVER,
    FRESH,
    INDEX,
    POLICY,
    Pages,
    policy,
    takes_gzip,
)
from moonraker_cp.core.errors import NotFound, Unavailable

SCRIPT = b"console.log('a')\n" * 500


@pytest.fixture
def built(tmp_path: Path) -> Path:
    folder = tmp_path / "built"
    (folder / "assets" / "deeper").mkdir(parents=True)
    (folder / INDEX).write_bytes(b"<!doctype html><title>q</title>")
    for name, body in (
        ("index-1a2b.js", SCRIPT),
        ("style-3c.css", b"body {}"),
        ("cube.png", b"\x89PNG"),
        ("odd.xyz", b"?"),
        ("deeper/x.js", b"x"),
    ):
        (folder / "assets" / name).write_bytes(body)
    (folder / "secret.txt").write_text("beside the assets", "utf-8")
    (tmp_path / "outside.txt").write_text("outside", "utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "kind", "cache"),
    [
        (INDEX, "text/html; charset=utf-8", FRESH),
        ("index-1a2b.js", "text/javascript; charset=utf-8", FOR_EVER),
        ("style-3c.css", "text/css; charset=utf-8", FOR_EVER),
        ("cube.png", "image/png", FOR_EVER),
        ("odd.xyz", "application/octet-stream", FOR_EVER),
    ],
)
async def test_what_is_there_is_sent(
    built: Path, name: str, kind: str, cache: str
) -> None:
    sent = await Pages(built).find(name)
    path = built / name if name == INDEX else built / "assets" / name
    assert sent.body == path.read_bytes()
    assert sent.headers["Content-Type"] == kind
    assert sent.headers["Cache-Control"] == cache
    assert "Content-Encoding" not in sent.headers


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../index.html", "../secret.txt", "secret.txt", "deeper"),
        *("deeper/x.js", "x.js", "../../outside.txt", "/etc/passwd", "INDEX.HTML"),
        *("index-1a2b.js/", "index-1a2b.js\0", "./index-1a2b.js"),
    ],
)
async def test_nothing_else_is(built: Path, name: str) -> None:
    with pytest.raises(NotFound):
        await Pages(built).find(name)


async def test_it_is_packed_for_those_who_take_it(built: Path) -> None:
    found = Pages(built)
    plain, packed = [
        await found.find("index-1a2b.js", takes) for takes in ("", "br, gzip")
    ]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 10
    assert gzip.decompress(packed.body) == plain.body == SCRIPT
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert plain.tag == packed.tag


async def test_a_picture_is_never_packed(built: Path) -> None:
    sent = await Pages(built).find("cube.png", "gzip")
    assert sent.body == b"\x89PNG"
    assert not {"Content-Encoding", "Vary"} & set(sent.headers)


async def test_it_is_packed_once(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ask at the same time, and though one of them goes away."""
    done: list[int] = []
    real = gzip.compress

    def counting(body: bytes, level: int, mtime: float) -> bytes:
        done.append(level)
        return real(body, level, mtime=mtime)

    found = Pages(built)
    await found.find(INDEX)
    monkeypatch.setattr(gzip, "compress", counting)
    asked = [asyncio.create_task(found.find("index-1a2b.js", "gzip")) for _ in range(9)]
    await asyncio.sleep(0)
    asked[0].cancel()
    sent = await asyncio.gather(*asked, return_exceptions=True)
    assert isinstance(sent[0], asyncio.CancelledError)
    assert len({one.body for one in sent[1:] if isinstance(one, pages.Sent)}) == 1
    assert len(done) == 1


async def test_an_update_under_way_mixes_nothing(built: Path) -> None:
    found = Pages(built)
    await found.find(INDEX)
    (built / "assets" / "index-1a2b.js").unlink()
    (built / INDEX).write_bytes(b"newer")
    assert (await found.find("index-1a2b.js")).body == SCRIPT
    assert b"<title>" in (await found.find(INDEX)).body


async def test_another_content_has_another_tag(built: Path) -> None:
    before = (await Pages(built).find(INDEX)).tag
    assert (await Pages(built).find(INDEX)).tag == before
    (built / INDEX).write_bytes(b"newer")
    assert (await Pages(built).find(INDEX)).tag != before


@pytest.mark.parametrize("missing", ["", INDEX, "assets"])
async def test_a_page_that_is_not_built_is_looked_for_again(
    built: Path, missing: str
) -> None:
    away = built.with_name("away")
    (built / missing).rename(away)
    found = Pages(built)
    with pytest.raises(Unavailable, match="page is not installed") as caught:
        await found.find(INDEX)
    assert str(built.parent) not in str(caught.value), "anybody may read it"
    away.rename(built / missing)
    assert (await found.find(INDEX)).body


@pytest.mark.parametrize(
    ("accepts", "does"),
    [
        ("gzip", True),
        ("deflate, GZIP;q=0.5", True),
        ("br;q=1.0, *;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("*;q=0, gzip", True),
        ("", False),
        ("identity", False),
        ("xgzip", False),
    ],
)
def test_who_takes_it(accepts: str, does: bool) -> None:
    assert takes_gzip(accepts) is does


@pytest.mark.parametrize(
    ("host", "framed_by"),
    [
        ("printer.local", " http://printer.local:* https://printer.local:*"),
        ("Printer.local:7125", " http://printer.local:* https://printer.local:*"),
        ("192.168.1.7:7125", " http://192.168.1.7:* https://192.168.1.7:*"),
        ("[fe80::1]:7125", ""),
        ("a b; script-src *", ""),
        ("evil\r\nX-Header: 1", ""),
        ("*.com:1", ""),
        ("", ""),
    ],
)
def test_pages_of_the_same_host_may_frame_it(host: str, framed_by: str) -> None:
    assert policy(host) == POLICY + framed_by
