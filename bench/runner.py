"""Runs scenarios against servers, alternating, and gathers what each repeat gave."""
import os
import statistics
import subprocess
import sys
import time

from corpus import summary, write_corpus
from loader import Discarded
from peers import SERVERS, Setup, Trouble
from peers.base import port_is_free
import works

FIGURES = ("rate", "accepted_rate", "cpu_per_1000", "client_cpu_per_1000", "written_per_operation",
           "device_written_per_operation", "flushes_per_operation", "bytes_per_second", "idle_memory", "peak_memory",
           "memory_per_connection", "machine_memory_per_connection", "foreign_cpu_seconds", "seconds", "operations",
           "errors")


def say(text):
    print(text, file=sys.stderr, flush=True)


def make_certificate(folder):
    """Self-signed, P-256, the same for every server."""
    certificate, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    if not os.path.exists(certificate):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                        "-nodes", "-keyout", key, "-out", certificate, "-days", "3650", "-subj",
                        "/CN=mail.perf.test", "-addext", "subjectAltName=DNS:mail.perf.test"], check=True,
                       stderr=subprocess.DEVNULL)
    return certificate, key


def median_of(repeats):
    """One dictionary from several: medians, and the spread of rate and CPU."""
    merged = {}
    for figure in FIGURES:
        values = [one[figure] for one in repeats if figure in one]
        if values:
            merged[figure] = statistics.median(values)
            merged[f"{figure}_spread"] = [min(values), max(values)]
    latencies = {}
    for one in repeats:
        for point, value in one.get("latency_ms", {}).items():
            latencies.setdefault(point, []).append(value)
    merged["latency_ms"] = {point: statistics.median(values) for point, values in latencies.items()}
    return merged


class Runner:
    """Owns the servers of one run."""

    def __init__(self, options, folder, binaries):
        self.options = options
        self.folder = folder
        self.load_binary = binaries["load"]
        self.sink_port = options.port_base + 40 * 20
        certificate, key = make_certificate(folder)
        self.setup = Setup(folder, binaries["mansio"], options.port_base, certificate, key, self.sink_port,
                           dovecot_fsync=options.dovecot_fsync)
        self.servers = {}
        self.broken = {}
        self.versions = {}
        self.durability = {}
        self.results = []
        self.corpus, self.corpus_facts = self.prepare_corpus()

    def prepare_corpus(self):
        if self.options.corpus:
            sizes = [entry.stat().st_size for entry in os.scandir(self.options.corpus)
                     if entry.name.endswith(".eml")]
            if not sizes:
                raise Trouble(f"{self.options.corpus} holds no *.eml")
            return self.options.corpus, summary(sizes) | {"folder": self.options.corpus}
        folder = os.path.join(self.folder, "corpus")
        count = 300 if self.options.quick else 2000
        return folder, summary(write_corpus(folder, count, self.options.seed)) | {"seed": self.options.seed}

    # Servers

    def server(self, name, scenario):
        """The server, running, as the scenario wants it; None when it is broken or not wanted."""
        if name in self.broken or name not in self.options.servers:
            return None
        server = self.servers.get(name)
        try:
            if server is None:
                say(f"    {name}: set up")
                server = self.servers[name] = SERVERS[name](self.setup)
                server.reset(users=scenario.users)
                self.versions |= server.versions()
                self.durability[name] = server.durability
            elif scenario.fresh or server.users != (scenario.users or self.setup.users):
                server.reset(users=scenario.users)
            else:
                server.start()
        except (Trouble, OSError, subprocess.SubprocessError) as trouble:
            say(f"    {name}: left out: {trouble}")
            self.broken[name] = str(trouble)
            return None
        return server

    def stop_all(self):
        for server in self.servers.values():
            try:
                server.stop()
            except (Trouble, OSError) as trouble:
                say(f"    {server.name}: {trouble}")

    def end_group(self):
        """The next group begins with empty servers."""
        self.stop_all()
        self.servers.clear()

    def remove(self):
        for server in self.servers.values():
            server.remove()

    # Scenarios

    def run(self, scenarios):
        group = None
        for scenario in scenarios:
            if group not in (None, scenario.group):
                self.end_group()
            group = scenario.group
            say(f"  ({group}) {scenario.name}: {scenario.title}")
            self.results.append(self.run_scenario(scenario))
        return self.results

    def task(self, scenario, server):
        count = scenario.quick if self.options.quick else scenario.count
        if server is not None and not scenario.steady:
            count *= server.pace
        return works.Task(scenario, server, max(1, int(count * self.options.scale)), self.load_binary, self.corpus,
                          self.folder, self.sink_port)

    def tasks(self, scenario):
        """(name, task) of everybody who takes part, ready to be measured."""
        if not scenario.servers:
            return {"machine": self.task(scenario, None)}
        ready = {}
        for name in scenario.servers:
            server = self.server(name, scenario)
            if server is None:
                continue
            task = self.task(scenario, server)
            try:
                works.fill(task, self.options.quick)
                works.warm_up(task)
                ready[name] = task
            except (Discarded, Trouble, OSError, *works.CLIENT_ERRORS) as trouble:
                say(f"    {name}: not ready: {trouble}")
        return ready

    def run_scenario(self, scenario):
        ready = self.tasks(scenario)
        repeats = {name: [] for name in ready}
        discarded = {name: [] for name in ready}
        for number in range(self.options.repeats):
            # Alternating, and every other time in the other order: nobody always comes after the same one.
            for name in list(ready)[::-1 if number % 2 else 1]:
                outcome = self.measure(scenario, name, ready[name])
                if isinstance(outcome, dict):
                    repeats[name].append(outcome)
                else:
                    discarded[name].append(outcome)
        servers = {}
        for name in ready:
            servers[name] = {"medians": median_of(repeats[name]), "repeats": repeats[name],
                             "discarded": discarded[name]}
        return {"group": scenario.group, "name": scenario.name, "title": scenario.title, "unit": scenario.unit,
                "limit": scenario.limit, "servers": servers}

    def measure(self, scenario, name, task):
        self.rest(task)
        try:
            found = works.WORKS[scenario.work](task)
        except (Discarded, Trouble, OSError, *works.CLIENT_ERRORS) as trouble:
            say(f"    {name}: thrown away: {trouble}")
            return str(trouble)
        say(f"    {name:<10} {found['rate']:>10.0f} {scenario.unit}/s {found.get('cpu_per_1000', 0):>9.3f} CPU-s/1000")
        return found

    def rest(self, task):
        """The disk has memory: what the last run left to be written is written before the next begins."""
        subprocess.run(["sync", "-f", self.folder], check=False)
        if task.server is not None:
            task.server.group.settle()
        time.sleep(0.2 if self.options.quick else 1.0)


def refuse_taken_ports(runner):
    if not port_is_free(runner.sink_port):
        raise Trouble(f"port {runner.sink_port} (the sink) is taken; say another --port-base")
