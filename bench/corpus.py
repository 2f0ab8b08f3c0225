#!/usr/bin/python3
"""Realistic mail from a seed: the same seed gives the same bytes.

    bench/corpus.py FOLDER [--count 2000] [--seed 1]

Three shapes: text alone (25 %), text with its HTML twin (45 %), text with an attachment (30 %). Sizes are lognormal
around 9 KB with a tail to 1 MB. Lines end in CRLF and are shorter than 998 octets; all is ASCII on the wire. One body
in fifty holds the word RARE_WORD, every body holds COMMON_WORD, none holds ABSENT_WORD: for searches. Files are
00000.eml and on.
"""
import argparse
import base64
import email.utils
import os
import quopri
import random

RARE_WORD = "quicksilver"
COMMON_WORD = "regards"
ABSENT_WORD = "zyzzyvazz"
MAX_SIZE = 1_000_000
# exp(9.1) is about 9 KB; the spread puts one message in a hundred above 100 KB.
SIZE_MU, SIZE_SIGMA = 9.1, 1.1
HUGE_SHARE = 0.004
START = 1_760_000_000

ONSETS = "b c d f g h l m n p r s t v w st tr pl gr".split()
VOWELS = "a e i o u ai ea ou".split()
ENDINGS = ["", "", "n", "r", "s", "t", "l", "nd"]
FOREIGN = ["straße", "naïve", "façade", "Ærø", "smörgås", "почта", "郵便", "łąka"]
PEOPLE = [("Anna", "Lindt"), ("Ben", "Okoro"), ("Chloé", "Martin"), ("Dragan", "Ilić"), ("Ewa", "Nowak"),
          ("Farid", "Haddad"), ("Gwen", "Parry"), ("Hiro", "Tanaka"), ("Inês", "Costa"), ("Jon", "Berg")]
ATTACHMENTS = [("report", "pdf", "application/pdf"), ("photo", "jpg", "image/jpeg"), ("sheet", "ods",
               "application/vnd.oasis.opendocument.spreadsheet"), ("archive", "zip", "application/zip")]
HTML_STYLE = ("<style type=\"text/css\">body { font: 14px/1.4 Helvetica, Arial, sans-serif; color: #222 }\r\n"
              "p { margin: 0 0 12px } a { color: #06c }</style>\r\n")


def crlf(text):
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def quoted_printable(text):
    return crlf(quopri.encodestring(text.replace("\r\n", "\n").encode()).decode())


def base64_lines(octets):
    text = base64.b64encode(octets).decode()
    return "".join(text[at:at + 76] + "\r\n" for at in range(0, len(text), 76))


def encoded_word(text):
    return text if text.isascii() else f"=?UTF-8?B?{base64.b64encode(text.encode()).decode()}?="


class Writer:
    """Makes one message after the other; what it makes depends on the seed alone."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        words = ["".join(self.random.choice(ONSETS) + self.random.choice(VOWELS)
                         for _ in range(self.random.choice([1, 1, 2, 2, 3]))) + self.random.choice(ENDINGS)
                 for _ in range(5000)]
        self.words = list(dict.fromkeys(words))
        # Zipf: few words make up most of a text, as in any language. Compression and search see the difference.
        total, self.weights = 0.0, []
        for rank in range(len(self.words)):
            total += 1 / (rank + 2)
            self.weights.append(total)

    def some_words(self, count, foreign):
        chosen = self.random.choices(self.words, cum_weights=self.weights, k=count)
        if foreign:
            for _ in range(1 + count // 50):
                chosen[self.random.randrange(count)] = self.random.choice(FOREIGN)
        return chosen

    def paragraphs(self, size, foreign):
        """Lines of at most 76 characters, blank lines between paragraphs, `size` octets more or less."""
        lines, line, written = [], "", 0
        while written < size:
            for word in self.some_words(120, foreign):
                if len(line) + len(word) > 74:
                    lines.append(line)
                    written += len(line) + 2
                    line = ""
                line = f"{line} {word}" if line else word.capitalize() if not lines else word
            lines += [line + ".", ""]
            written += len(line) + 5
            line = ""
        return self.cut(lines, size)

    def cut(self, lines, size):
        kept, written = [], 0
        for line in lines:
            kept.append(line)
            written += len(line) + 2
            if written >= size:
                break
        rare = [RARE_WORD + " came up."] if self.random.random() < 0.02 else []
        return "\r\n".join(rare + kept + ["", f"Best {COMMON_WORD}"]) + "\r\n"

    def size(self):
        if self.random.random() < HUGE_SHARE:
            return self.random.randint(250_000, MAX_SIZE)
        return min(MAX_SIZE, max(1200, int(self.random.lognormvariate(SIZE_MU, SIZE_SIGMA))))

    def token(self, bits=80):
        return f"{self.random.getrandbits(bits):0{bits // 4}x}"

    def message_id(self):
        return f"<{self.token()}@mx.example.test>"

    def mailbox(self):
        first, last = self.random.choice(PEOPLE)
        local = f"{first}.{last}".lower().encode("ascii", "ignore").decode()
        return f"{encoded_word(first + ' ' + last)} <{local}@example.test>", f"{local}@example.test"

    def trace_fields(self, sender, date):
        relay = self.random.randint(1, 9)
        signature = base64_lines(self.random.randbytes(256)).replace("\r\n", "\r\n\t ").strip()
        return [f"Received: from out{relay}.example.test (out{relay}.example.test [192.0.2.{relay}])\r\n"
                f"\tby mx.perf.test with ESMTPS id {self.token(40)}; {date}",
                f"Received: from [198.51.100.{self.random.randint(1, 250)}] by out{relay}.example.test\r\n"
                f"\t(envelope-from <{sender}>) with ESMTPSA id {self.token(40)};\r\n\t{date}",
                "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.test; s=mail;\r\n"
                "\th=from:to:subject:date:message-id:mime-version;\r\n"
                f"\tbh={base64.b64encode(self.random.randbytes(32)).decode()};\r\n\tb={signature}"]

    def header(self, number, foreign):
        date = email.utils.formatdate(START + number * 611)
        name, address = self.mailbox()
        fields = self.trace_fields(address, date) + [f"Date: {date}", f"From: {name}", f"To: {self.mailbox()[0]}"]
        if self.random.random() < 0.3:
            fields.append("Cc: " + ",\r\n\t".join(self.mailbox()[0] for _ in range(self.random.randint(1, 6))))
        subject = " ".join(self.some_words(self.random.randint(2, 8), False)).capitalize()
        if foreign:
            subject += " " + self.random.choice(FOREIGN)
        if self.random.random() < 0.5:
            references = [self.message_id() for _ in range(self.random.randint(1, 6))]
            fields += [f"In-Reply-To: {references[-1]}", "References: " + "\r\n\t".join(references)]
            subject = "Re: " + subject
        return fields + [f"Message-ID: {self.message_id()}", f"Subject: {encoded_word(subject)}",
                         "MIME-Version: 1.0"]

    def text_part(self, text, kind="plain"):
        if text.isascii() and kind == "plain":
            return ("Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + text)
        return (f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
                + quoted_printable(text))

    def multipart(self, kind, parts):
        boundary = f"----=_part_{self.token(64)}"
        body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
        return (f"Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n"
                f"This is a message in MIME format.\r\n{body}--{boundary}--\r\n")

    def alternative(self, size, foreign):
        text = self.paragraphs(max(200, size // 3), foreign)
        rows = "".join(f"<p>{row}</p>\r\n" for row in text.split("\r\n") if row)
        html = f"<!doctype html><html><head>{HTML_STYLE}</head><body>\r\n{rows}</body></html>\r\n"
        return self.multipart("alternative", [self.text_part(text), self.text_part(html, "html")])

    def with_attachment(self, size, foreign):
        stem, ending, kind = self.random.choice(ATTACHMENTS)
        text = self.paragraphs(self.random.randint(200, 2000), foreign)
        octets = self.random.randbytes(max(400, int((size - len(text)) * 0.74)))
        name = f"{stem}-{self.token(16)}.{ending}"
        file = (f"Content-Type: {kind}; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n"
                f"Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{base64_lines(octets)}")
        return self.multipart("mixed", [self.text_part(text), file])

    def message(self, number):
        shape, foreign = self.random.random(), self.random.random() < 0.3
        header = "\r\n".join(self.header(number, foreign)) + "\r\n"
        size = max(300, self.size() - len(header))
        if shape < 0.25:
            body = self.text_part(self.paragraphs(size, foreign))
        elif shape < 0.70:
            body = self.alternative(size, foreign)
        else:
            body = self.with_attachment(size, foreign)
        return (header + body).encode("ascii")


def write_corpus(folder, count, seed):
    """Writes `count` messages and returns their sizes."""
    os.makedirs(folder, exist_ok=True)
    writer, sizes = Writer(seed), []
    for number in range(count):
        octets = writer.message(number)
        with open(os.path.join(folder, f"{number:05}.eml"), "wb") as file:
            file.write(octets)
        sizes.append(len(octets))
    return sizes


def summary(sizes):
    ordered = sorted(sizes)
    at = lambda share: ordered[min(len(ordered) - 1, int(len(ordered) * share))]
    return {"messages": len(ordered), "octets": sum(ordered), "median": at(0.5), "mean": sum(ordered) // len(ordered),
            "p90": at(0.9), "p99": at(0.99), "max": ordered[-1]}


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder")
    options.add_argument("--count", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    print(summary(write_corpus(chosen.folder, chosen.count, chosen.seed)))


if __name__ == "__main__":
    main()
