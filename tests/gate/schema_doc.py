#!/usr/bin/env python3
"""schema_doc.py - sql/SCHEMA.md from a live schema: columns, keys, what is personal.

usage: schema_doc.py SOCKET SCHEMA [write]   prints, or writes sql/SCHEMA.md
The test store.schema_doc compares the file with what a fresh migration yields (F-176).
"""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def rows(socket, sql):
    out = subprocess.run(
        ["mariadb", "--no-defaults", "-S", socket, "-u", "root", "-N", "-B", "-e", sql],
        check=True, capture_output=True, text=True).stdout
    return [line.split("\t") for line in out.splitlines()]


def is_personal(table, column, kind):
    """Sealed under a person's key: the VARBINARY columns of contact."""
    return table == "contact" and kind.startswith("varbinary")


def document(socket, schema):
    columns = rows(socket, "SELECT table_name, column_name, column_type, is_nullable,"
                   " COALESCE(column_default, ''), extra FROM information_schema.columns"
                   f" WHERE table_schema = '{schema}' ORDER BY table_name, ordinal_position")
    keys = rows(socket, "SELECT table_name, index_name, non_unique,"
                " GROUP_CONCAT(column_name ORDER BY seq_in_index SEPARATOR ', ')"
                f" FROM information_schema.statistics WHERE table_schema = '{schema}'"
                " GROUP BY table_name, index_name, non_unique ORDER BY table_name, index_name")
    lines = ["# The live schema", "",
             "Made by `tests/gate/schema_doc.py`; the test `store.schema_doc` holds it to the"
             " migrated schema. P marks what is sealed under a person's key.", ""]
    table = None
    for name, column, kind, null, default, extra in columns:
        if name != table:
            table = name
            lines += [f"## {table}", ""]
            lines += [f"- {'unique ' if n == '0' else ''}key `{i}` ({c})"
                      for t, i, n, c in keys if t == table]
            lines += ["", "| Column | Type | Null | |", "|---|---|---|---|"]
        notes = " ".join(filter(None, [
            "P" if is_personal(table, column, kind) else "",
            "auto" if "auto_increment" in extra else "",
            "generated" if "GENERATED" in extra else ""]))
        lines.append(f"| `{column}` | {kind} | {'yes' if null == 'YES' else ''} | {notes} |")
    text = "\n".join(lines) + "\n"
    return text.replace("|\n## ", "|\n\n## ")


if __name__ == "__main__":
    made = document(sys.argv[1], sys.argv[2])
    if sys.argv[3:] == ["write"]:
        with open(os.path.join(ROOT, "sql", "SCHEMA.md"), "w") as file:
            file.write(made)
    else:
        sys.stdout.write(made)
