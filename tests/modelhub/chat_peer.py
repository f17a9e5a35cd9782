"""A small server that speaks the chat-completions protocol over a real socket, for the tests of our client."""

import json
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Peer:
    """What the server saw and how it is to answer: `answer` is a function of the request's JSON body."""

    def __init__(self, answer):
        self.answer = answer
        self.seen = []
        self.headers = []
        self.url = ""

    def handle(self, handler):
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.seen.append(body)
        self.headers.append(dict(handler.headers))
        status, data, headers = self._reply(body, handler.path)
        handler.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(data)

    def _reply(self, body, path):
        if path != "/v1/chat/completions":
            return 404, b"{}", {}
        said = self.answer(body)
        if isinstance(said, tuple):
            return said
        content = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        message = {"role": "assistant", "content": content}
        whole = {"choices": [{"index": 0, "finish_reason": "stop", "message": message}], "model": body["model"]}
        return 200, json.dumps(whole).encode(), {}


@contextmanager
def serving(answer):
    """Run a peer on a free port of this machine while the block lasts."""
    peer = Peer(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            with suppress(BrokenPipeError, ConnectionResetError):  # the client had enough, as some tests want
                peer.handle(self)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    peer.url = f"http://127.0.0.1:{server.server_port}/v1"
    try:
        yield peer
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
