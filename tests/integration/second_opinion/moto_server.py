"""Moto's server, one request after the other: ``python -m ….moto_server PORT``.

Moto's own command answers each request in a thread. It copies the tables before a transaction and
puts the copies back when the transaction fails, so one that fails undoes what others have written
meanwhile. DynamoDB isolates transactions; without threads, Moto does, too.
"""

import sys

from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server


def main(port: int) -> None:
    app = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", port, app, request_handler=MotoRequestHandler)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
