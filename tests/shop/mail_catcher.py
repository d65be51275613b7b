#!/usr/bin/python3
"""mail_catcher.py - an SMTP server on loopback that keeps every mail as a file.

    mail_catcher.py MAIL_DIR PORT_FILE

A mail appears in MAIL_DIR under its final name only when all of it is on the disk:
whoever sees NNNNNN-xxxx.eml sees the whole mail. The names sort in the order of arrival.
The port is a free one, written to PORT_FILE once the server listens.
"""
import asyncio
import os
import secrets
import signal
import sys
import time

from aiosmtpd.smtp import SMTP


class Keeper:
    def __init__(self, folder):
        self.folder = folder

    async def handle_DATA(self, server, session, envelope):
        name = f"{time.time_ns()}-{secrets.token_hex(4)}.eml"
        head = [f"X-Envelope-From: {envelope.mail_from}"]
        head += [f"X-Envelope-To: {to}" for to in envelope.rcpt_tos]
        text = "\r\n".join(head).encode("utf-8", "replace") + b"\r\n" + envelope.content
        write_whole(os.path.join(self.folder, name), text)
        print(f"mail for {', '.join(envelope.rcpt_tos)} in {name}", flush=True)
        return "250 kept"


def write_whole(path, data):
    hidden = os.path.join(os.path.dirname(path), "." + os.path.basename(path) + ".new")
    with open(hidden, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    os.rename(hidden, path)


async def serve(folder, port_file):
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    keeper = Keeper(folder)
    server = await loop.create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True, hostname="till.local"), "127.0.0.1", 0)
    write_whole(port_file, f"{server.sockets[0].getsockname()[1]}\n".encode())
    await stop.wait()
    server.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("use: mail_catcher.py MAIL_DIR PORT_FILE")
    os.makedirs(sys.argv[1], exist_ok=True)
    asyncio.run(serve(sys.argv[1], sys.argv[2]))
