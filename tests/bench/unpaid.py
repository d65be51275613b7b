"""unpaid.py - ends the gateway's pages that nobody will pay, as half an hour would: a shop
looks at each of them every 50 s, and what is measured next would pay for it."""
import http.client
import time
import urllib.parse

from stage import buyer

OPEN = ("FROM payment_attempt WHERE live_order IS NOT NULL"
        " AND state IN ('sent', 'unknown', 'requires_action')")


def end(till, seconds):
    """(pages that were ended, orders that still wait for one after so many seconds)."""
    until = time.monotonic() + seconds
    sessions = [row[0] for row in buyer.rows(till, f"SELECT gw_id {OPEN} AND gw_id IS NOT NULL")]
    expire(till, sessions)
    while True:
        left = buyer.number(till, f"SELECT COUNT(*) {OPEN}")
        if left == 0 or time.monotonic() > until:
            return len(sessions), left
        time.sleep(0.2)


def expire(till, sessions):
    """At the gateway, which tells the shop of each; one that was paid meanwhile refuses."""
    key = (till.var / "keys" / "stripe").read_text().strip()
    at = urllib.parse.urlsplit(till.env["TILL_SANDBOX_URL"])
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=20)
    for session in sessions:
        connection.request("POST", f"/stripe/v1/checkout/sessions/{session}/expire", "",
                           {"Authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        said = answer.read()
        if answer.status not in (200, 400):
            raise AssertionError(f"{session} was not ended: {answer.status} {said[:200]}")
    connection.close()
