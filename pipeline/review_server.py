"""The review's page and what it asks for, served to this machine alone.

Three things keep others out: the server listens on the loopback address; every address begins
with a token that nobody can guess; and requests that name another host, or that come from another
site's page, are refused. An image is asked for by its row's number, never by a path.
"""

from __future__ import annotations

import json
import secrets
import socket
from collections.abc import Callable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from digitstring.reviewing import Review, page_file

HOST = "127.0.0.1"
MOST_BYTES = 64 * 1024
"""Of what a page may send."""
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
PAGE = {"": "text/html", "review.js": "text/javascript", "review.css": "text/css"}


def new_token() -> str:
    """Return a token that nobody can guess."""
    return secrets.token_urlsafe(24)


def review_app(review: Review, token: str, port: int) -> ASGIApp:
    """Return the application that serves a review on a port of the loopback address."""
    routes = [
        *(Route(f"/{name}", _page_file(name, kind)) for name, kind in PAGE.items()),
        Route("/queue", _answer(lambda request: JSONResponse(review.queue()))),
        Route("/rows/{number:int}", _answer(lambda request: _details(review, request))),
        Route("/pictures/{number:int}/{name}", _answer(lambda request: _picture(review, request))),
        Route("/rows/{number:int}", _said(review), methods=["POST"]),
    ]
    app = Starlette(routes=[Mount("/{token}", routes=routes)])
    return Guard(app, token, frozenset({f"{HOST}:{port}", f"localhost:{port}"}))


class Guard:
    """Refuses what doesn't come from the review's own page, and says so to the browser too.

    Parameters
    ----------
    app
        What is guarded.
    token
        What every path begins with.
    hosts
        The names that requests may ask for; another one has been pointed at this machine.
    """

    def __init__(self, app: ASGIApp, token: str, hosts: frozenset[str]) -> None:
        self.app = app
        self.token = token
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *told]}
            await send(message)

        if scope["type"] == "http":
            answer = self._refusal(Request(scope)) or self.app
            await answer(scope, receive, send_guarded)
        elif scope["type"] == "lifespan":
            await self.app(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        host = request.headers.get("host", "")
        if host not in self.hosts:
            return PlainTextResponse("This name is not the review's.", 421)
        first = request.scope["path"].split("/")[1]
        if not secrets.compare_digest(first.encode(), self.token.encode()):
            return PlainTextResponse("Use the whole address that was printed.", 404)
        if request.method in ("GET", "HEAD"):
            return None
        own = request.headers.get("origin") == f"http://{host}"
        site = request.headers.get("sec-fetch-site", "same-origin")
        kind = request.headers.get("content-type", "")
        if not own or site != "same-origin" or kind != "application/json":
            return PlainTextResponse("Only the review's own page may send.", 403)
        return None


def listening(port: int) -> socket.socket:
    """Return a socket that listens on a port of the loopback address, any free one for 0.

    Raises
    ------
    OSError
        If the port is taken.
    """
    opened = socket.socket()
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((HOST, port))
        opened.listen(64)
    except BaseException:
        opened.close()
        raise
    return opened


def serve(app: ASGIApp, opened: socket.socket) -> None:
    """Serve an application on a listening socket until Ctrl-C."""
    import uvicorn

    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        server_header=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(config).run(sockets=[opened])


def _page_file(name: str, kind: str) -> Callable[[Request], Response]:
    return lambda request: Response(page_file(name or "review.html"), media_type=kind)


def _answer(work: Callable[[Request], Response]) -> Callable[[Request], Response]:
    """Return work that answers 404 where there is no such row."""

    def answer(request: Request) -> Response:
        try:
            return work(request)
        except IndexError:
            return PlainTextResponse("There is no such row.", 404)

    return answer


def _details(review: Review, request: Request) -> Response:
    return JSONResponse(review.details(request.path_params["number"]))


def _picture(review: Review, request: Request) -> Response:
    picture = review.picture(request.path_params["number"], request.path_params["name"])
    if picture is None:
        return PlainTextResponse("There is no such picture.", 404)
    return Response(picture.data, media_type=picture.media_type)


def _said(review: Review) -> Callable[[Request], Any]:
    async def said(request: Request) -> Response:
        label = await _label(request)
        try:
            verdict = await run_in_threadpool(review.say, request.path_params["number"], label)
        except IndexError:
            return PlainTextResponse("There is no such row.", 404)
        except ValueError as error:
            return PlainTextResponse(str(error), 400)
        except OSError as error:
            return PlainTextResponse(f"{review.file.path}: {error.strerror}", 507)
        return JSONResponse({"verdict": verdict})

    return said


async def _label(request: Request) -> str | None:
    """Return the label that was sent; what is no label is refused later as none of digits."""
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > MOST_BYTES:
            return "too long"
    try:
        sent = json.loads(data)
        label = sent["label"]
    except (ValueError, KeyError, TypeError):
        return "no label"
    return label if label is None or isinstance(label, str) else "no text"
