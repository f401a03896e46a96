from uuid import uuid4

import schemathesis


@schemathesis.hook
def before_call(context, case, **kwargs):
    """A key is for one request: a valid one that comes again with another body would rightly be refused."""
    key = (case.headers or {}).get("Idempotency-Key")
    if isinstance(key, str) and 0 < len(key) <= 219 and key.isascii() and key.isprintable():
        case.headers["Idempotency-Key"] = key + str(uuid4())
