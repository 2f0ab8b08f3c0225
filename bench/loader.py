"""The load generator, build/release/bench/mansio-load, as a function. load/README.md lists works and options."""
import json
import os
import resource
import subprocess
import tempfile

from peers.base import ADDRESS, PASSWORD, Trouble

ERROR_SHARE = 0.1  # a run with more errors than this is thrown away


class Discarded(Exception):
    """A run that does not count, and why."""


def _raise_descriptor_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Load:
    """A run of the generator under way. Diagnostics go to a file, so that no pipe fills up."""

    def __init__(self, binary, subcommand, *, port=None, deadline=300, **options):
        command = [binary, subcommand]
        if port is not None:  # a limit has none
            command += ["--port", str(port), "--deadline", str(deadline)]
        if subcommand not in ("sink", "limit"):
            command += ["--host", ADDRESS]
        if "user" in options:
            command += ["--password", PASSWORD]
        for name, value in options.items():
            option = "--" + name.replace("_", "-")
            if value is True:
                command.append(option)
            elif value not in (None, False):
                command += [option, str(value)]
        self.command = command
        self.deadline = deadline
        self.diagnostics = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.diagnostics, preexec_fn=_raise_descriptor_limit)

    def wait_until_ready(self):
        """The line {"ready": N} of a gated or holding run."""
        line = self.process.stdout.readline()
        try:
            return json.loads(line)["ready"]
        except (ValueError, KeyError, TypeError):
            raise Discarded(f"not ready: {self.explain(line)}") from None

    def go(self):
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def result(self):
        """Waits for the end. A run that failed or had too many errors raises Discarded."""
        try:
            text, _ = self.process.communicate(timeout=self.deadline + 60)
        except subprocess.TimeoutExpired:
            self.end()
            raise Discarded("the load generator did not end by its deadline") from None
        lines = text.decode(errors="replace").strip().splitlines()
        if self.process.returncode == 2:
            raise Trouble(f"{' '.join(self.command)}: {self.explain(text)}")
        try:
            found = json.loads(lines[-1])
        except (ValueError, IndexError):
            raise Discarded(self.explain(text)) from None
        wrong, tried = found.get("errors", 0), found.get("errors", 0) + found.get("operations", 0)
        if self.process.returncode != 0 or tried == 0 or wrong > ERROR_SHARE * tried:
            samples = "; ".join(found.get("error_samples", [])[:2])
            raise Discarded(f"{wrong} of {tried} operations failed: {samples or self.explain(b'')}")
        return found

    def explain(self, output):
        self.diagnostics.seek(0, os.SEEK_END)
        self.diagnostics.seek(max(0, self.diagnostics.tell() - 600))
        words = self.diagnostics.read().decode(errors="replace").strip()
        return words or output.decode(errors="replace")[-300:].strip() or f"exit {self.process.poll()}"

    def end(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
        self.diagnostics.close()
