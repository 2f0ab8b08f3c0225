"""Postfix in a private folder, on loopback, from the system's package but never its instance."""
import os
import re
import shutil

from machine import package_version
from peers.base import ADDRESS, DOMAIN, RELAY_DOMAIN, Server, run, wait_for_port, write

DISCARD_DOMAIN = "discard.test"
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/spool
data_directory = {folder}/state
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
maillog_file_prefixes = {folder}
maillog_file = {folder}/maillog
inet_interfaces = loopback-only
inet_protocols = ipv4
myhostname = mail.{domain}
mydomain = {domain}
myorigin = {domain}
mydestination =
local_transport = error:no local users
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
biff = no
append_dot_mydomain = no
virtual_mailbox_domains = {domain}
virtual_mailbox_maps = hash:{folder}/users
virtual_transport = {delivery}
virtual_alias_expansion_limit = 2000
relay_domains = {relay}
relayhost = [{address}]:{sink}
smtpd_relay_restrictions = permit_mynetworks, defer_unauth_destination
smtputf8_enable = yes
message_size_limit = 52428800
smtpd_tls_security_level = may
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtp_tls_security_level = none
"""
# A delivery that Dovecot refuses for the moment (a lock) is tried again soon instead of in five minutes.
SOON = """
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 10s
"""
# More sessions than the default 100, so that a thousand connections are a thousand sessions.
SESSIONS = 1100
QUEUES = ("maildrop", "incoming", "active", "deferred")


class Postfix:
    """The daemon alone; servers that have one hold it."""

    def __init__(self, server, delivery, extra=""):
        self.server = server
        self.extra = extra
        self.delivery = delivery
        self.folder = os.path.join(server.folder, "postfix")
        self.config = f"{self.folder}/etc"
        self.process = None

    def prepare(self):
        server, setup = self.server, self.server.setup
        for folder in ("etc", "spool", "state"):
            os.makedirs(f"{self.folder}/{folder}", exist_ok=True)
        shutil.chown(f"{self.folder}/state", "postfix")
        write(f"{self.folder}/users", "".join(f"user{number}@{DOMAIN} ok\n"
                                              for number in range(1, server.users + 1)))
        write(f"{self.config}/main.cf", MAIN.format(
            folder=self.folder, domain=DOMAIN, relay=RELAY_DOMAIN, address=ADDRESS, sink=setup.sink_port,
            delivery=self.delivery, certificate=setup.certificate, key=setup.key) + self.extra)
        write(f"{self.config}/master.cf", self.services())
        for name in ("dynamicmaps.cf", "postfix-files"):
            if os.path.exists(f"/etc/postfix/{name}"):
                shutil.copy(f"/etc/postfix/{name}", self.config)
        for name in ("dynamicmaps.cf.d", "postfix-files.d"):
            os.makedirs(f"{self.config}/{name}", exist_ok=True)
        run(["postmap", "-c", self.config, f"hash:{self.folder}/users"])
        run(["postfix", "-c", self.config, "check"])  # makes the queue's folders

    def services(self):
        """The distribution's master.cf, without chroot (the private queue has no copy of /etc), on our port."""
        with open("/usr/share/postfix/master.cf.dist", encoding="utf-8") as file:
            lines = file.read().splitlines()
        kept = []
        for line in lines:
            fields = line.split()
            if line.startswith("#") or not line.strip():
                continue
            if not line[0].isspace() and len(fields) >= 8:
                fields[4] = "n"
                if fields[0] == "smtp" and fields[1] == "inet":
                    for protocol in ("smtp", "submission"):
                        kept.append(f"{ADDRESS}:{self.server.port(protocol)} inet n - n - {SESSIONS} smtpd")
                    continue
                line = " ".join(fields)
            kept.append(line)
        if not any(line.startswith("postlog") for line in kept):
            kept.append("postlog unix-dgram n - n - 1 postlogd")
        return "\n".join(kept) + "\n"

    def launch(self, group):
        log = f"{self.folder}/start.log"
        self.process = group.start(["/usr/lib/postfix/sbin/master", "-c", self.config, "-d"], log=log,
                                   environment=dict(os.environ, MAIL_CONFIG=self.config))
        wait_for_port(self.server.port("smtp"), self.process, log)

    def end(self, group):
        if self.process is not None:
            group.stop(self.process)
            self.process = None

    def wipe(self):
        shutil.rmtree(f"{self.folder}/spool", ignore_errors=True)

    def pending(self):
        return sum(len(files) for name in QUEUES for _, _, files in os.walk(f"{self.folder}/spool/{name}"))

    def release(self):
        run(["postqueue", "-c", self.config, "-f"])

    def versions(self):
        return {"postfix": package_version("postfix")}

    def settings(self):
        return re.sub(r"\n+", "\n", run(["postconf", "-c", self.config, "-n"]))


class PostfixAlone(Server):
    """Takes mail durably into its queue and drops it there: no mailbox, the upper bound of a Postfix set-up."""

    name = "postfix"
    label = "Postfix, discarding"
    durability = "the queue file is synced before 250; nothing is delivered"
    number = 5
    mailboxes = False
    port_names = ("smtp", "submission")

    def __init__(self, setup):
        super().__init__(setup)
        self.postfix = Postfix(self, "discard:")

    def prepare(self):
        self.postfix.prepare()

    def launch(self):
        self.postfix.launch(self.group)

    def end(self):
        self.postfix.end(self.group)

    def wipe(self):
        self.postfix.wipe()

    def pending(self):
        return self.postfix.pending()

    def release(self):
        self.postfix.release()

    def versions(self):
        return self.postfix.versions()
