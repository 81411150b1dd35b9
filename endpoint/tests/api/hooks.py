"""Bodies that schemathesis does not know how to write: lines of JSON go as they are made up."""

import schemathesis


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    return value if isinstance(value, bytes) else str(value).encode()
