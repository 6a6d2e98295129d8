"""For schemathesis: the pieces of resumable uploads (tus 1.0.0) are bytes like any others."""

import schemathesis

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
