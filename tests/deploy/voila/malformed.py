"""Requests that no browser sends, as bytes; and messages that no page sends, on a page's own connection."""

from __future__ import annotations

import json
import random
import struct

from jupyter_server.services.kernels.connection.base import serialize_msg_to_ws_v1

METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "OPTIONS",
    "PATCH",
    "TRACE",
    "CONNECT",
    "BREW",
    "get",
    "",
    "G\0T",
    "X" * 9000,
)
WORDS = (
    "", "\0", "-1", "0", "1e9", "99999999999999999999", "bytes=5-1", "bytes=-", "bytes=0-,1-,2-", "a" * 5000, "\xff\xfe",
    "../" * 40, "%", "%00", "%ff", "%c0%ae", "\r", "\t", '"', "=;=;", "\N{SNOWMAN}", "Thu, 99 Foo 9999 99:99:99 GMT", "{{7*7}}",
    "username-127-0-0-1=\"2|1:0|10:1|23:username|4:e30=|x\"", "_xsrf=2|zz|zz|1", "_xsrf=" + "9" * 3000, "*", "http://[::1", "[",
)  # fmt: skip
HEADERS = (
    "Host", "Cookie", "Content-Length", "Transfer-Encoding", "Content-Type", "Content-Encoding", "Range", "If-None-Match",
    "If-Modified-Since", "Origin", "Referer", "Authorization", "Connection", "Upgrade", "Sec-WebSocket-Key", "Expect", "Accept",
    "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "X-Forwarded-For", "X-XSRFToken", "Sec-Fetch-Site",
    "Accept-Language", "Accept-Encoding", "X-Scheme", "X-Real-Ip", "Keep-Alive", "TE", "Trailer", "User-Agent", "X Y", "",
)  # fmt: skip
BODIES = (
    b"", b"x", b"5\r\nab", b"zz\r\n", b"-5\r\n\r\n", b"ffffffffffffffff\r\n", b"0\r\n\r\n", b"{" * 3000, b"\0" * 3000, b"a=%ff&a[=",
    b"--b\r\nContent-Disposition: form-data; name=\r\n\r\n", b"--b--", b"\xff" * 70_000,
)  # fmt: skip
BINARY = (
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x11" * 200, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\0" * 500, b"\r\n" * 400,
    b"\x80\x00" * 90, b"GET", b"GET /", b"GET / HTTP/1.1\r\nHost: 127", b"\n\n\n", b"SSH-2.0-x\r\n", b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 9000,
)  # fmt: skip


def _paths(kernel: str, known: tuple[str, ...]) -> tuple[str, ...]:
    return (
        "/nothing", "/voila/static/x.js", "/voila/static/", f"/api/kernels/{kernel}", "/api/kernels/x", "/api/kernels/{kernel}/x",
        f"/api/kernels/{kernel}/channels", "/voila/api/shutdown/00000000-0000-0000-0000-000000000000", "/voila/labextensions/x/y.js",
        "/voila/templates/lab/static/x", "/login", "/logout", "//", "*", "http://x.example/", "127.0.0.1:80", "/?" + "\\" * 3000, *known,
    )  # fmt: skip


def request(rng: random.Random, kernel: str, known: tuple[str, ...]) -> bytes:
    """One request; most are broken in one or two places, so that they get far."""
    if rng.random() < 0.1:
        return rng.choice(BINARY)
    if rng.random() < 0.15:
        return handshake(kernel) + b"".join(frame(rng) for _ in range(rng.randint(1, 4)))
    path = rng.choice(_paths(kernel, known))
    if rng.random() < 0.4:
        path += rng.choice(("/", "?", "?x=", "#", ";", "")) + rng.choice(WORDS)
    method = rng.choice(METHODS) if rng.random() < 0.5 else "GET"
    version = (
        rng.choice(("HTTP/1.0", "HTTP/9.9", "HTTP/1.1 x", "", "http/1.1", "\0")) if rng.random() < 0.2 else "HTTP/1.1"
    )
    headers = [("Host", "127.0.0.1")] if rng.random() < 0.9 else []
    headers += [(rng.choice(HEADERS), rng.choice(WORDS)) for _ in range(rng.choice((0, 1, 1, 2, 5)))]
    body = rng.choice(BODIES) if method not in ("GET", "HEAD") or rng.random() < 0.2 else b""
    if body and rng.random() < 0.7:
        right = rng.choice(
            (("Content-Length", str(len(body))), ("Transfer-Encoding", "chunked"), ("Content-Length", "7"))
        )
        headers.append(right)
    end = rng.choice(("\r\n", "\n", "\r", "")) if rng.random() < 0.1 else "\r\n"
    separator = rng.choice((":", " : ", "", "\0:")) if rng.random() < 0.1 else ": "
    text = (
        f"{method} {path} {version}{end}" + "".join(f"{name}{separator}{value}{end}" for name, value in headers) + end
    )
    made = text.encode("utf-8", "surrogatepass") + body
    if rng.random() < 0.15:
        made = made[: rng.randrange(1, len(made) + 1)]
    if rng.random() < 0.15:
        changed = bytearray(made)
        for _ in range(rng.randint(1, 8)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        made = bytes(changed)
    return made


def handshake(kernel: str) -> bytes:
    """The beginning of a page's connection, in order."""
    return (
        f"GET /api/kernels/{kernel}/channels?session_id=x HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: v1.kernel.websocket.jupyter.org\r\n\r\n"
    ).encode()


def frame(rng: random.Random) -> bytes:
    """A frame of RFC 6455 that breaks one of its rules, or has nothing in it that is a message."""
    first = rng.choice((0x80, 0x00, 0xF0, 0x40)) | rng.randrange(16)
    body = rng.choice((b"", b"\xff\xfe", rng.randbytes(3), b"\x03", b"{}", b"x" * 126, b"\0" * 3000))
    told = rng.choice((len(body), len(body), len(body) + 5, 1 << 40, (1 << 63) + 1))
    masked = rng.choice((0x80, 0x80, 0x00))
    if told < 126:
        head = struct.pack("!BB", first, masked | told)
    elif told < 1 << 16:
        head = struct.pack("!BBH", first, masked | 126, told)
    else:
        head = struct.pack("!BBQ", first, masked | 127, told)
    return head + (b"\0\0\0\0" if masked else b"") + body


VALUES = (
    None, True, -1, 2**70, 1e308, "", "x", "\0", "\ud800", "x" * 3000, [], [[]], {}, {"": {}}, {"a": {"a": [1, None]}}, [1] * 500,
    "IPY_MODEL_x", "jupyter.widget", "jupyter.widget.control", '{"id": 1}', '{"id": 1, "action": []}', "[" * 900, "NaN",
)  # fmt: skip
ACTIONS = (
    "open",
    "send",
    "alive",
    "look",
    "random",
    "upload",
    "sample",
    "size",
    "whole",
    "piece",
    "paint",
    "adjust",
    "x",
)


def message(rng: random.Random, models: list[str], number: int) -> bytes:
    """A message on a page's connection, broken in its content, its header or its bytes."""
    model = rng.choice(models)
    wish = {"id": number, "action": rng.choice(ACTIONS), "pane": rng.choice(VALUES)}
    wish |= {rng.choice(("data", "index", "crop", "from", "to", "mask", "first", "id", "size")): rng.choice(VALUES)}
    data = {"method": "update", "state": {"request": json.dumps(wish)}, "buffer_paths": []}
    content = {"comm_id": model, "data": data}
    header = {
        "msg_id": f"m{number}", "msg_type": "comm_msg", "session": "s", "username": "", "date": "2026-01-01T00:00:00Z",
        "version": "5.3",
    }  # fmt: skip
    parent, metadata = {}, {}
    for _ in range(rng.randint(0, 3)):
        part = rng.choice((header, parent, metadata, content, data, data["state"]))
        name = rng.choice(
            (
                *part,
                *(("msg_type", "comm_id", "target_name", "method", "date", "x") if rng.random() < 0.4 else ("x",)),
            )
        )
        if rng.random() < 0.3:
            part.pop(name, None)
        else:
            kinds = (
                "comm_open",
                "comm_msg",
                "comm_close",
                "comm_info_request",
                "kernel_info_request",
                "execute_request",
            )
            part[name] = rng.choice(kinds) if name == "msg_type" else rng.choice(VALUES)
        if not isinstance(data.get("state"), dict):
            data["state"] = {"request": "{}"} if rng.random() < 0.5 else {}
    parts = [json.dumps(part).encode() for part in (header, parent, metadata, content)]
    if rng.random() < 0.1:
        parts += [b"\0" * rng.choice((0, 1, 5000))] * rng.randint(1, 3)
    if rng.random() < 0.1:
        parts[rng.randrange(len(parts))] = rng.choice((b"", b"{", b"[]", b"null", b"\xff", b"[" * 5000, b"1" * 9000))
    made = serialize_msg_to_ws_v1(parts, rng.choice(("shell", "shell", "control", "stdin", "iopub", "x")))
    made = bytes(made)
    if rng.random() < 0.15:
        changed = bytearray(made)
        for _ in range(rng.randint(1, 8)):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        made = bytes(changed)
    return made if rng.random() < 0.95 else made[: rng.randrange(len(made))]
