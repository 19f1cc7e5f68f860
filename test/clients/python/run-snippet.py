"""Runs the snippet of the second walkthrough with its bytes unchanged: gives it KEY_VAULT_URL, restores the indentation of the one
function body (the published text lost it), and prints what it assigned to api_key."""
import os
import pathlib

snippet = pathlib.Path(__file__).with_name("seed-002-snippet.txt").read_bytes().decode("utf-8")
lines = []
inside = False
for line in snippet.splitlines():
    lines.append("    " + line if inside else line)
    if line.startswith("def "):
        inside = True
    elif line.startswith("return "):
        inside = False
names = {"KEY_VAULT_URL": os.environ["KEY_VAULT_URL"]}
exec(compile("\n".join(lines), "seed-002-snippet.txt", "exec"), names)
print(names["api_key"])
