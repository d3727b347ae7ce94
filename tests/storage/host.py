"""Object storage on loopback for tests, until standard input ends: moto's S3 and token service, one request at a time.

Writes under conditions must be decided one after the other, which moto alone does not see to. The first line printed is the address.
"""

import io
import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    """Says nothing of requests, and keeps connections open as real hosts do."""

    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


def one_at_a_time(app):
    lock = threading.Lock()

    def answer(environ, start_response):
        # Bodies come as slowly as they may, while others are answered.
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(length))
        with lock:
            parts = app(environ, start_response)
            try:
                body = b"".join(parts)
            finally:
                if hasattr(parts, "close"):
                    parts.close()
        return [body]

    return answer


app = one_at_a_time(DomainDispatcherApplication(create_backend_app))
server = make_server("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0, app, threaded=True, request_handler=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}", flush=True)
sys.stdin.read()
