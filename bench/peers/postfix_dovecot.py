"""What most people run: Postfix takes mail and hands it to Dovecot over LMTP."""
from peers.base import ADDRESS, Server
from peers.dovecot import Dovecot
from peers.postfix import SOON, Postfix

NUMBERS = {"sdbox": 1, "mdbox": 2, "maildir": 3}
FORMATS = {"sdbox": "sdbox", "mdbox": "mdbox", "maildir": "Maildir"}


class PostfixDovecot(Server):
    def __init__(self, setup, format, *, hibernate=False):
        self.name = "hibernate" if hibernate else format
        self.label = f"Postfix + Dovecot {FORMATS[format]}" + (", hibernating" if hibernate else "")
        self.number = 4 if hibernate else NUMBERS[format]
        self.durability = ("the queue file is synced before 250, the mailbox before the queue file goes; "
                           f"mail_fsync = {setup.dovecot_fsync}")
        super().__init__(setup)
        self.dovecot = Dovecot(self, format, hibernate=hibernate)
        self.postfix = Postfix(self, f"lmtp:inet:{ADDRESS}:{self.port('lmtp')}", SOON)

    def prepare(self):
        self.dovecot.prepare()
        self.postfix.prepare()

    def launch(self):
        self.dovecot.launch(self.group)
        self.postfix.launch(self.group)

    def end(self):
        try:
            self.postfix.end(self.group)
        finally:
            self.dovecot.end(self.group)

    def wipe(self):
        self.postfix.wipe()
        self.dovecot.wipe()

    def pending(self):
        return self.postfix.pending()

    def release(self):
        self.postfix.release()

    def stored(self):
        return self.dovecot.stored()

    def versions(self):
        return self.postfix.versions() | self.dovecot.versions()
