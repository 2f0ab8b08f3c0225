"""Exim in front of Dovecot.

Its package conflicts with Postfix's, so it is fetched and unpacked into the private folder, never installed. It wants a
user of the name Debian-exim: a private mount namespace shows it a passwd file that has one.
"""
import glob
import os
import shutil

from machine import output
from peers.base import ADDRESS, DOMAIN, RELAY_DOMAIN, Server, run, wait_for_port, write
from peers.dovecot import Dovecot

USER = 5001
CONFIG = """
exim_path = {program}
exim_user = {user}
exim_group = {user}
never_users =
keep_environment =
primary_hostname = mail.{domain}
spool_directory = {folder}/spool
log_file_path = {folder}/log/%slog
pid_file_path = {folder}/exim.pid
local_interfaces = {address}
daemon_smtp_ports = {smtp} : {submission}
disable_ipv6 = true
dns_again_means_nonexist = *
host_lookup =
helo_allow_chars = _
recipients_max = 1000
smtp_accept_max = 1100
smtp_accept_max_per_connection = 1000000
smtp_accept_queue_per_connection = 0
smtp_connect_backlog = 1000
message_size_limit = 50M
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
log_selector = -all
acl_smtp_rcpt = accept_all
acl_smtp_data = accept_all
domainlist home = {domain}
begin acl
accept_all:
  accept
begin routers
home:
  driver = accept
  domains = +home
  local_parts = lsearch;{folder}/users
  transport = lmtp
relay:
  driver = manualroute
  domains = {relay}
  route_list = * {address}
  self = send
  transport = sink
begin transports
lmtp:
  driver = smtp
  protocol = lmtp
  hosts = {address}
  hosts_override
  port = {lmtp}
  allow_localhost
  hosts_avoid_tls = *
sink:
  driver = smtp
  port = {sink}
  allow_localhost
  hosts_avoid_tls = *
begin retry
* * F,2h,5m
"""
NAMESPACE = ('mount --bind "$0/passwd" /etc/passwd && mount --bind "$0/group" /etc/group && exec "$@"')


class EximDovecot(Server):
    name = "exim"
    label = "Exim + Dovecot sdbox"
    number = 6

    def __init__(self, setup):
        self.durability = ("the spool files are synced before 250, the mailbox before they go; "
                           f"mail_fsync = {setup.dovecot_fsync}")
        super().__init__(setup)
        self.dovecot = Dovecot(self, "sdbox")
        self.exim = os.path.join(self.folder, "exim")
        self.program = f"{self.exim}/package/usr/sbin/exim4"
        self.process = None

    def fetch(self):
        if os.path.exists(self.program):
            return
        os.makedirs(f"{self.exim}/package", exist_ok=True)
        run(["sh", "-c", 'cd "$0" && apt-get download exim4-daemon-light', self.exim])
        run(["dpkg", "-x", glob.glob(f"{self.exim}/exim4-daemon-light_*.deb")[0], f"{self.exim}/package"])

    def prepare(self):
        self.dovecot.prepare()
        self.fetch()
        for name in ("spool", "log"):
            os.makedirs(f"{self.exim}/{name}", exist_ok=True)
            os.chown(f"{self.exim}/{name}", USER, USER)
        for name, line in (("passwd", f"Debian-exim:x:{USER}:{USER}::/nonexistent:/bin/false\n"),
                           ("group", f"Debian-exim:x:{USER}:\n")):
            with open(f"/etc/{name}", encoding="utf-8") as file:
                kept = [row for row in file if not row.startswith("Debian-exim:")]
            write(f"{self.exim}/{name}", "".join(kept) + line)
        write(f"{self.exim}/users", "".join(f"user{number}: ok\n" for number in range(1, self.users + 1)))
        write(f"{self.exim}/exim.conf", CONFIG.format(
            program=self.program, user=USER, domain=DOMAIN, folder=self.exim, address=ADDRESS,
            certificate=self.setup.certificate, key=self.setup.key, relay=RELAY_DOMAIN, sink=self.setup.sink_port,
            **{name: self.port(name) for name in ("smtp", "submission", "lmtp")}), 0o644)

    def inside(self, *arguments):
        return ["unshare", "--mount", "sh", "-c", NAMESPACE, self.exim, self.program, "-C",
                f"{self.exim}/exim.conf", *arguments]

    def launch(self):
        self.dovecot.launch(self.group)
        log = f"{self.exim}/start.log"
        self.process = self.group.start(self.inside("-bdf", "-q5m"), log=log)
        wait_for_port(self.port("smtp"), self.process, log)

    def end(self):
        try:
            if self.process is not None:
                self.group.stop(self.process)
                self.process = None
        finally:
            self.dovecot.end(self.group)

    def wipe(self):
        self.dovecot.wipe()
        shutil.rmtree(f"{self.exim}/spool", ignore_errors=True)

    def pending(self):
        return sum(name.endswith("-H") for _, _, files in os.walk(f"{self.exim}/spool/input") for name in files)

    def release(self):
        run(self.inside("-qff"))

    def stored(self):
        return self.dovecot.stored()

    def versions(self):
        package = glob.glob(f"{self.exim}/exim4-daemon-light_*.deb")
        return self.dovecot.versions() | ({"exim": output("dpkg-deb", "-f", package[0], "Version")} if package else {})
