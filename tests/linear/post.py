"""The other protocols: POP3 sessions on INBOX and a client that delivers over SMTP."""
import socket
import time

from model import expect

SECONDS = 60


class Lines:
    """A connection that speaks in lines."""

    def __init__(self, world, name, port):
        self.world = world
        self.name = name
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.sock.makefile("rb")

    def send(self, data):
        self.world.note(self.name, ">", data)
        self.sock.sendall(data)

    def line(self):
        line = self.file.readline()
        self.world.note(self.name, "<", line)
        if not line:
            raise EOFError("the server closed the connection")
        expect(line.endswith(b"\r\n"), "a line without CRLF:", line)
        return line[:-2]

    def close(self):
        self.file.close()
        self.sock.close()


class Pop3Session(Lines):
    kind = "pop3"

    def __init__(self, world, account, name):
        super().__init__(world, name, world.server.port(110))
        self.account = account
        self.inbox = account.mailboxes["INBOX"]
        expect(self.line().startswith(b"+OK"), "no greeting")
        self.ask(f"USER {world.address(account.name)}")
        self.messages = list(self.inbox.messages)
        self.deleted = set()
        self.ask(f"PASS {world.password}")
        self.over = False

    def ask(self, command, ok=True):
        self.world.commands += 1
        self.send(command.encode() + b"\r\n")
        line = self.line()
        expect(line.startswith(b"+OK" if ok else b"-ERR"), command, "got", line)
        return line

    def many(self):
        out = []
        while (line := self.line()) != b".":
            out.append(line[1:] if line.startswith(b".") else line)
        return out

    def step(self, chance):
        command = chance.choice(("stat", "list", "list_one", "uidl", "uidl_one", "retr", "retr", "top", "dele", "dele",
                                 "rset", "noop", "quit", "drop"))
        getattr(self, command)(chance)

    def numbers(self):
        return [number for number in range(1, len(self.messages) + 1) if number not in self.deleted]

    def pick(self, chance):
        """A number and whether it names a message."""
        number = chance.randint(1, len(self.messages) + 1)
        return number, number <= len(self.messages) and number not in self.deleted

    def stat(self, _):
        _, count, size = self.ask("STAT").split(b" ")
        left = [self.messages[number - 1].size for number in self.numbers()]
        expect(int(count) == len(left), "STAT", count, "not", len(left))
        if None not in left:
            expect(int(size) == sum(left), "STAT", size, "not", sum(left))

    def list(self, _):
        self.ask("LIST")
        told = [line.split(b" ") for line in self.many()]
        expect([int(number) for number, _ in told] == self.numbers(), "LIST", told, "not", self.numbers())
        for number, size in told:
            self.messages[int(number) - 1].learn_size(int(size))

    def list_one(self, chance):
        number, there = self.pick(chance)
        line = self.ask(f"LIST {number}", there)
        if there:
            self.messages[number - 1].learn_size(int(line.split(b" ")[2]))

    def uidl(self, _):
        self.ask("UIDL")
        told = [line.split(b" ") for line in self.many()]
        expect([int(number) for number, _ in told] == self.numbers(), "UIDL", told, "not", self.numbers())
        expect(len({unique for _, unique in told}) == len(told), "UIDL twice the same")
        for number, unique in told:
            self.learn_unique(self.messages[int(number) - 1], unique)

    def learn_unique(self, message, unique):
        known = message.unique_id
        expect(known in (None, unique), "UIDL of uid", message.uid, "was", known, "and is", unique)
        message.unique_id = unique
        owner = self.world.unique_ids.setdefault((self.account.name, unique), message.uid)
        expect(owner == message.uid, "UIDL", unique, "was uid", owner, "before it was", message.uid)

    def uidl_one(self, chance):
        number, there = self.pick(chance)
        line = self.ask(f"UIDL {number}", there)
        if there:
            self.learn_unique(self.messages[number - 1], line.split(b" ")[2])

    def retr(self, chance):
        number, there = self.pick(chance)
        if not there:
            self.ask(f"RETR {number}", False)
            return
        message = self.messages[number - 1]
        self.world.commands += 1
        self.send(b"RETR %d\r\n" % number)
        line = self.line()
        if not line.startswith(b"+OK"):
            expect(not message.alive, "RETR of a message that is there:", line)
            return
        content = b"".join(line + b"\r\n" for line in self.many())
        if message.content is None:
            message.learn_content(content)
        expect(content in (message.content, message.content + b"\r\n"), "RETR", content[:200], "not",
               message.content[:200])

    def top(self, chance):
        number, there = self.pick(chance)
        if not there or not self.messages[number - 1].alive or self.messages[number - 1].content is None:
            return
        lines = chance.choice((0, 1, 5))
        self.ask(f"TOP {number} {lines}")
        head, _, body = self.messages[number - 1].content.partition(b"\r\n\r\n")
        told = self.many()
        expect(told == head.split(b"\r\n") + [b""] + body.split(b"\r\n")[:-1][:lines], "TOP", told)

    def dele(self, chance):
        number, there = self.pick(chance)
        self.ask(f"DELE {number}", there)
        if there:
            self.deleted.add(number)

    def rset(self, _):
        self.ask("RSET")
        self.deleted.clear()

    def noop(self, _):
        self.ask("NOOP")

    def quit(self, _):
        uids = {self.messages[number - 1].uid for number in self.deleted}
        self.account.remove(self.inbox, uids, only_deleted=False)
        self.ask("QUIT")
        self.drop(None)

    def drop(self, _):
        """Without QUIT nothing is deleted."""
        self.over = True
        self.close()


class Sender(Lines):
    """Delivers on port 25, one message at a time."""
    kind = "smtp"

    def __init__(self, world, accounts):
        super().__init__(world, "smtp", world.server.port(25))
        self.accounts = accounts
        self.sent = 0
        self.reply("220")
        self.send(b"EHLO client.test\r\n")
        self.reply("250")

    def reply(self, code):
        while True:
            line = self.line()
            expect(line.startswith(code.encode()), "SMTP reply", line, "not", code)
            if line[3:4] == b" ":
                return

    def step(self, chance):
        to = chance.choice(([self.accounts[0]], [self.accounts[0]], [self.accounts[1]], self.accounts))
        delivery = self.begin(chance, to)
        delivery.send_end()
        delivery.hear_end()
        for account in to:
            delivery.describe(account.append(account.mailboxes["INBOX"], ()))
        return to

    def begin(self, chance, to):
        """Up to the message itself."""
        self.world.commands += 1
        self.sent += 1
        self.send(b"MAIL FROM:<sender@elsewhere.test>\r\n")
        self.reply("250")
        for account in to:
            self.send(f"RCPT TO:<{self.world.address(account.name)}>\r\n".encode())
            self.reply("250")
        self.send(b"DATA\r\n")
        self.reply("354")
        return Delivery(self, *self.world.make_message(chance, strict=True))


class Delivery:
    """A message on its way in."""

    def __init__(self, sender, content, subject):
        self.sender = sender
        self.content = content
        self.subject = subject
        self.began = int(time.time()) - 1

    def send_end(self):
        self.sender.send(self.content.replace(b"\r\n.", b"\r\n..") + b".\r\n")

    def hear_end(self):
        self.sender.reply("250")

    def describe(self, message):
        message.sent, message.subject = self.content, self.subject
        message.date_range = (self.began, int(time.time()) + 1)
