"""Runs many az commands in one process, for starting az takes longer than most of its commands.

Reads a JSON list of argument lists from standard input; writes one JSON object for each to standard output: its exit code and what
az printed to each stream. Every command gets an az of its own, made as az's own entry point makes it.
"""

import contextlib
import io
import json
import logging
import sys

from azure.cli.core import get_default_cli


def run(arguments):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli = get_default_cli()
            code = cli.invoke(arguments, out_file=out)
        except SystemExit as end:
            code = end.code
        for name in ('cli', 'az_command_data_logger'):
            logging.getLogger(name).handlers.clear()
    return {'code': code or 0, 'stdout': out.getvalue(), 'stderr': err.getvalue()}


for words in json.load(sys.stdin):
    print(json.dumps(run(words)), flush=True)
