"""A mail server that prints every letter as a line of JSON. Arguments: port; "refuse" to refuse every recipient."""

import email
import email.policy
import json
import sys
import threading

from aiosmtpd.controller import Controller


class Printer:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if "refuse" in sys.argv[2:]:
            return "550 no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        told = {
            "to": envelope.rcpt_tos,
            "from": letter["from"],
            "subject": letter["subject"],
            "id": letter["message-id"],
            "automatic": letter["auto-submitted"],
            "text": letter.get_body(("plain",)).get_content(),
            "html": letter.get_body(("html",)).get_content(),
        }
        print(json.dumps(told), flush=True)
        return "250 queued"


controller = Controller(Printer(), hostname="127.0.0.1", port=int(sys.argv[1]))
controller.start()
print("ready", flush=True)
threading.Event().wait()
