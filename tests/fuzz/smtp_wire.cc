// wire/smtp: command lines, addresses, replies. What is printed must read back as the same.
#include "fuzz/target.h"

#include "wire/smtp/command.h"
#include "wire/smtp/mail.h"
#include "wire/smtp/parameter.h"
#include "wire/smtp/path.h"
#include "wire/smtp/rcpt.h"
#include "wire/smtp/reply.h"

namespace mansio::fuzz {
namespace {

using namespace wire::smtp;

void command(std::string_view input)
{
    const auto split = split_command(input);
    const std::string_view arguments = split ? split->args : input;
    if (const auto hello = parse_ehlo(arguments)) {
        require(!hello->name.empty() && hello->name.size() <= 255, "a name of 1 to 255 bytes");
        require(hello->name.find_first_of("\r\n ()<>\\") == std::string::npos, "a harmless name");
    }
    if (const auto auth = parse_auth(arguments))
        require_equal(auth->mechanism, base::to_upper(auth->mechanism), "upper case");
    if (const auto bdat = parse_bdat(arguments)) {
        const auto again = parse_bdat(std::to_string(bdat->size) + (bdat->last ? " LAST" : ""));
        require(again && again->size == bdat->size && again->last == bdat->last, "BDAT printed and read");
    }
    if (split) {
        is_foreign_verb(split->verb);
        require_equal(split->verb, base::to_upper(split->verb), "an upper case verb");
    }
}

/// An address that was read, printed and read again.
void check_path(const Path& path)
{
    if (path.is_null() || path.domain.empty())
        return;
    const std::string printed = path.address();
    const auto again = parse_address(printed);
    require(again.has_value(), "an address of ours is read: " + printed);
    require(*again == path, "an address of ours is the same: " + printed);
    const std::string quoted = "<" + printed + ">";
    Cursor cursor(quoted);
    const auto in_brackets = parse_reverse_path(cursor, Dialect::strict);
    require(in_brackets && *in_brackets == path && cursor.done(), "the same in angle brackets");
    require(is_domain(path.domain) || is_address_literal(path.domain), "a domain or literal");
}

std::string printed(const MailCommand& mail)
{
    std::string out = "FROM:<" + mail.reverse_path.address() + ">";
    if (mail.size != 0)
        out += " SIZE=" + std::to_string(mail.size);
    if (mail.body == Body::eight_bit_mime)
        out += " BODY=8BITMIME";
    if (mail.smtputf8)
        out += " SMTPUTF8";
    if (mail.ret != Return::unset)
        out += mail.ret == Return::full ? " RET=FULL" : " RET=HDRS";
    if (!mail.envid.empty())
        out += " ENVID=" + mail.envid;
    if (mail.auth)
        out += " AUTH=" + (*mail.auth == "<>" ? "<>" : encode_xtext(*mail.auth));
    return out;
}

void mail(std::string_view input)
{
    Taste taste(input);
    const auto dialect = taste.choice<Dialect>(2);
    const auto read = parse_mail(taste.rest(), dialect);
    if (!read) {
        require(read.error().offset <= taste.rest().size(), "the error is in the line");
        return;
    }
    check_path(read->reverse_path);
    const std::string once = printed(*read);
    const auto again = parse_mail(once, Dialect::strict);
    require(again.has_value(), "MAIL printed is read: " + once);
    require_equal(printed(*again), once, "MAIL printed and read");
}

std::string printed(const RcptCommand& rcpt)
{
    std::string out =
        "TO:<" +
        (rcpt.forward_path.domain.empty() ? rcpt.forward_path.local_part : rcpt.forward_path.address()) + ">";
    std::string notify;
    const Notify& asked = rcpt.notify;
    for (const auto& [wanted, word] : {std::pair{asked.never, "NEVER"}, std::pair{asked.success, "SUCCESS"},
                                       std::pair{asked.failure, "FAILURE"}, std::pair{asked.delay, "DELAY"}})
        if (wanted)
            notify += (notify.empty() ? "" : ",") + std::string(word);
    if (!notify.empty())
        out += " NOTIFY=" + notify;
    if (!rcpt.orcpt.empty())
        out += " ORCPT=" + rcpt.orcpt;
    return out;
}

void rcpt(std::string_view input)
{
    Taste taste(input);
    const auto dialect = taste.choice<Dialect>(2);
    const auto read = parse_rcpt(taste.rest(), dialect);
    if (!read) {
        require(read.error().offset <= taste.rest().size(), "the error is in the line");
        return;
    }
    require(!read->forward_path.is_null(), "no null recipient");
    check_path(read->forward_path);
    const std::string once = printed(*read);
    const auto again = parse_rcpt(once, Dialect::strict);
    require(again.has_value(), "RCPT printed is read: " + once);
    require_equal(printed(*again), once, "RCPT printed and read");
}

void path(std::string_view input)
{
    if (const auto address = parse_address(input))
        check_path(*address);
    is_domain(input);
    is_address_literal(input);
    const std::string encoded = encode_xtext(input);
    const auto decoded = decode_xtext(encoded);
    require(decoded.has_value(), "xtext of ours is read");
    require_equal(*decoded, input, "xtext encoded and decoded");
    if (const auto plain = decode_xtext(input))
        require(decode_xtext(encode_xtext(*plain)) == plain, "xtext decoded, encoded, decoded");
}

void check_printed(const Reply& reply)
{
    const std::string text = print(reply);
    ReplyParser parser({.line = 1 << 20, .lines = 1 << 20});
    bool done = false;
    for (std::size_t at = 0; at < text.size();) {
        require(!done, "nothing after the last line");
        const std::size_t end = text.find("\r\n", at);
        require(end != std::string::npos, "every line ends with CRLF");
        const std::string_view line = std::string_view(text).substr(at, end - at);
        require(line.find_first_of(std::string_view("\r\n\0", 3)) == line.npos, "no line end within a line");
        const auto progress = parser.add(line);
        require(progress.has_value(), "our reply is read");
        done = *progress == ReplyParser::Progress::done;
        at = end + 2;
    }
    require(done, "our reply ends");
    const ReceivedReply heard = parser.take();
    require(heard.code == reply.code, "the code is the same");
    require(!reply.status || heard.status == reply.status, "the status is the same");
}

void reply(std::string_view input)
{
    ReplyParser parser({.line = 256, .lines = 16});
    for (Taste taste(input); !taste.done();) {
        const auto progress = parser.add(taste.line());
        if (!progress)
            break;
        if (*progress == ReplyParser::Progress::need_more)
            continue;
        const ReceivedReply heard = parser.take();
        require(heard.code >= 200 && heard.code <= 599, "a code of a reply");
        require(heard.lines.size() <= 16, "not more lines than the limit");
        require(heard.text(100).size() <= 100, "text within its limit");
        const Extensions extensions = parse_extensions(heard);
        for (const auto& row : extensions.rows)
            require(extensions.has(row.keyword), "a keyword is found");
        check_printed({heard.code, heard.status, heard.text(1000)});
    }
    check_printed({250, {2, 0, 0}, std::string(input)});
    if (const auto code = parse_enhanced_code(input))
        require(parse_enhanced_code(code->text()) == code, "an enhanced code printed and read");
}

const Register targets[] = {
    Register({"smtp-command", command, "smtp"}), Register({"smtp-mail", mail, "smtp"}),
    Register({"smtp-rcpt", rcpt, "smtp"}),       Register({"smtp-path", path, "smtp"}),
    Register({"smtp-reply", reply, "smtp"}),
};

} // namespace
} // namespace mansio::fuzz
