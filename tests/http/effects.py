#!/usr/bin/env python3
"""effects.py - the mails that the catcher holds as effects, for till verify --effects.

usage: effects.py MAIL_DIR [every]     prints JSON lines {"dedup", "kind", "at"}

A mail is known by its Message-ID, which is made from the dedup key of its entry in the
outbox: whoever receives it twice keeps one. With `every` each copy is an effect.
"""
import email
import email.policy
import json
import pathlib
import sys


def effects(folder, every=False):
    """One effect for each Message-ID, or for each caught mail."""
    seen = {}
    for path in sorted(pathlib.Path(folder).glob("*.eml")):
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        dedup = mail["Message-ID"].strip("<>").rpartition("@")[0]
        effect = {"dedup": dedup, "kind": dedup.rpartition(".")[0], "at": mail["Date"]}
        seen[path if every else dedup] = effect
    return list(seen.values())


if __name__ == "__main__":
    for one in effects(sys.argv[1], sys.argv[2:] == ["every"]):
        print(json.dumps(one))
