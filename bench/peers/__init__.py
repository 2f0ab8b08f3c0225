"""The servers of the bench, by the name `--peers` takes. Each is described in its own file."""
from peers.base import Setup, Trouble
from peers.exim import EximDovecot
from peers.mansio import Mansio
from peers.postfix import PostfixAlone
from peers.postfix_dovecot import PostfixDovecot

# name: how to make it from a Setup
SERVERS = {
    "mansio": Mansio,
    "sdbox": lambda setup: PostfixDovecot(setup, "sdbox"),
    "mdbox": lambda setup: PostfixDovecot(setup, "mdbox"),
    "maildir": lambda setup: PostfixDovecot(setup, "maildir"),
    "hibernate": lambda setup: PostfixDovecot(setup, "mdbox", hibernate=True),
    "postfix": PostfixAlone,
    "exim": EximDovecot,
}

__all__ = ["SERVERS", "Setup", "Trouble"]
