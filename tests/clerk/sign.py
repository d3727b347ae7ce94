"""Signs messages with PyPI's svix: lines of JSON come in, a line with the signature goes out for each."""

import base64
import datetime
import json
import sys

from svix.webhooks import Webhook

for line in sys.stdin:
    message = json.loads(line)
    moment = datetime.datetime.fromtimestamp(message["timestamp"], tz=datetime.timezone.utc)
    body = base64.b64decode(message["body"]).decode()
    print(Webhook(message["secret"]).sign(message["id"], moment, body))
