"""What requests need that no schema can say."""

import uuid

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    """Gives each request an Idempotency-Key of its own: the same short one comes up for many, and is refused with another request."""
    headers = case.headers or {}
    for name in list(headers):
        if name.lower() == "idempotency-key" and 0 < len(str(headers[name])) < 200:
            headers[name] = f"{headers[name]}{uuid.uuid4()}"
