"""Dovecot in a private folder: IMAP, POP3 and LMTP on loopback, one storage format."""
import os
import re
import shutil

from machine import package_version
from peers.base import ADDRESS, DOMAIN, PASSWORD, Trouble, run, wait_for_port, write

MAIL_USER = 5000  # no account of the system
CONFIG = """
protocols = imap pop3 lmtp
listen = {address}
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
info_log_path = {folder}/dovecot.log
instance_name = mansio-bench-{name}
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
first_valid_uid = {user}
mail_location = {format}:~/{format}
# Mansio syncs flag changes too; "optimized", the default, does not.
mail_fsync = {fsync}
mail_max_userip_connections = 0
{hibernate}
passdb {{
  driver = passwd-file
  args = {folder}/users
}}
userdb {{
  driver = passwd-file
  args = {folder}/users
}}
# The login processes in Dovecot's own "high-performance" way: not one for each login.
service imap-login {{
  service_count = 0
  client_limit = 10000
  process_min_avail = 2
  process_limit = 100
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service pop3-login {{
  service_count = 0
  client_limit = 10000
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
  }}
}}
service imap {{
  process_limit = 20000
}}
service pop3 {{
  process_limit = 2000
}}
service lmtp {{
  inet_listener lmtp {{
    port = {lmtp}
  }}
}}
service imap-hibernate {{
  client_limit = 19000
  unix_listener imap-hibernate {{
    mode = 0666
  }}
}}
service imap {{
  unix_listener imap-master {{
    mode = 0666
  }}
}}
service anvil {{
  client_limit = 19900
}}
service auth {{
  client_limit = 19900
}}
service stats {{
  client_limit = 19900
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
namespace inbox {{
  inbox = yes
}}
"""


class Dovecot:
    """The daemon alone; servers that have one hold it."""

    def __init__(self, server, format, *, hibernate=False):
        self.server = server
        self.format = format
        self.hibernate = hibernate
        self.folder = os.path.join(server.folder, "dovecot")
        self.mail = os.path.join(server.folder, "mail")
        self.process = None

    def prepare(self):
        server, setup = self.server, self.server.setup
        for folder in ("run", "state"):
            os.makedirs(f"{self.folder}/{folder}", exist_ok=True)
        os.makedirs(self.mail, exist_ok=True)
        os.chown(self.mail, MAIL_USER, MAIL_USER)
        # Two levels of folders, as for any large installation: a folder of 100,000 homes would be slow by itself.
        write(f"{self.folder}/users", "".join(
            f"user{number}@{DOMAIN}:{{PLAIN}}{PASSWORD}:{MAIL_USER}:{MAIL_USER}::"
            f"{self.mail}/{number % 256:02x}/user{number}::\n" for number in range(1, server.users + 1)))
        ports = {name: server.port(name) for name in ("imap", "imaps", "pop3", "pop3s", "lmtp")}
        write(f"{self.folder}/dovecot.conf", CONFIG.format(
            address=ADDRESS, folder=self.folder, name=server.name, certificate=setup.certificate, key=setup.key,
            user=MAIL_USER, format=self.format, fsync=setup.dovecot_fsync,
            hibernate="imap_hibernate_timeout = 2s" if self.hibernate else "", **ports))

    def launch(self, group):
        log = f"{self.folder}/dovecot.log"
        self.process = group.start(["dovecot", "-F", "-c", f"{self.folder}/dovecot.conf"], log=log)
        wait_for_port(self.server.port("imap"), self.process, log)
        wait_for_port(self.server.port("lmtp"), self.process, log)

    def end(self, group):
        if self.process is not None:
            group.stop(self.process)
            self.process = None

    def wipe(self):
        shutil.rmtree(self.mail, ignore_errors=True)

    def stored(self):
        """Messages in all inboxes, new ones made on the way. A hundred logins would take Dovecot longer than many
        a measurement."""
        rows = run(["doveadm", "-c", f"{self.folder}/dovecot.conf", "mailbox", "status", "-A", "messages", "INBOX"])
        counts = re.findall(r"messages=(\d+)", rows)
        if len(counts) != self.server.users:
            raise Trouble(f"doveadm counted {len(counts)} of {self.server.users} inboxes: {rows[-500:]}")
        return sum(map(int, counts))

    def versions(self):
        return {"dovecot": package_version("dovecot-core")}

    def settings(self):
        return run(["doveconf", "-n", "-c", f"{self.folder}/dovecot.conf"])
