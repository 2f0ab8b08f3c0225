#include "wire/smtp/command.h"
#include "wire/smtp/mail.h"
#include "wire/smtp/parameter.h"
#include "wire/smtp/rcpt.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <random>

namespace mansio::wire::smtp {
namespace {

std::string show(const SyntaxError& error)
{
    return fmt::format("at {}: wanted {}", error.offset, error.wanted);
}

TEST(CommandLine, IsCutAtTheFirstSpace)
{
    struct Row {
        std::string line, shown;
    };
    const Row rows[] = {
        {"NOOP", "NOOP||"},
        {"noop  ", "NOOP||"},
        {"MAIL FROM:<a@b> SIZE=1 ", "MAIL|FROM:<a@b> SIZE=1|"},
        {"QUIT\tx", "at 4: wanted space after the verb"},
        {"NOOP x\ty", "NOOP|x\ty|"},
        {"", "||"},
        {"R\xc3\xa9", "at 1: wanted space after the verb"},
        {"NOOP \xff", "at 0: wanted UTF-8"},
        {std::string("NO\0OP", 5), "at 0: wanted no control characters"},
        {"NOOP a\rMAIL", "at 0: wanted no control characters"},
        {"NOOP \x1b[2J", "at 0: wanted no control characters"},
    };
    for (const Row& row : rows) {
        const auto command = split_command(row.line);
        EXPECT_EQ(command ? command->verb + "|" + std::string(command->args) + "|" : show(command.error()),
                  row.shown)
            << row.line;
    }
}

struct PathRow {
    std::string_view name, args, shown;
    Dialect dialect = Dialect::strict;
};

TEST(RcptCommand, TakesAForwardPath)
{
    const std::string long_label(64, 'a');
    const std::string long_local = "TO:<" + std::string(257, 'a') + "@b.example>";
    const std::string verp = "TO:<" + std::string(200, 'a') + "@b.example>";
    const std::string long_domain = "TO:<a@" + std::string(63, 'b') + "." + std::string(63, 'b') + "." +
                                    std::string(63, 'b') + "." + std::string(63, 'b') + ".example>";
    const std::string verp_shown = std::string(200, 'a') + "@b.example";
    const PathRow rows[] = {
        {"plain", "TO:<a@b.example>", "a@b.example"},
        {"case kept", "to:<Alice@B.Example>", "Alice@B.Example"},
        {"postmaster", "TO:<postMASTER>", "postmaster"},
        {"needless quotes", "TO:<\"alice\"@b.example>", "alice@b.example"},
        {"needful quotes", "TO:<\"a b\"@b.example>", "\"a b\"@b.example"},
        {"escaped", R"(TO:<"a\"\\b"@b.example>)", R"("a\"\\b"@b.example)"},
        {"an address in quotes", "TO:<\"x@remote.example\"@b.example>", "\"x@remote.example\"@b.example"},
        {"percent", "TO:<x%remote.example@b.example>", "x%remote.example@b.example"},
        {"bang", "TO:<remote.example!x@b.example>", "remote.example!x@b.example"},
        {"source route dropped", "TO:<@here.example,@b.example:x@remote.example>", "x@remote.example"},
        {"source route without colon", "TO:<@here.example x@remote.example>",
         "at 17: wanted colon after source route"},
        {"tag", "TO:<a+b=c@b.example>", "a+b=c@b.example"},
        {"odd dots, in real use", "TO:<.a..b.@docomo.example>", "\".a..b.\"@docomo.example"},
        {"IPv4 literal", "TO:<a@[192.0.2.1]>", "a@[192.0.2.1]"},
        {"IPv6 literal", "TO:<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]"},
        {"broken literal", "TO:<a@[192.0.2.256]>", "at 19: wanted address literal"},
        {"open literal", "TO:<a@[192.0.2.1>", "at 16: wanted address literal"},
        {"UTF-8", "TO:<r\xc3\xa9@\xc3\xa9.example>", "r\xc3\xa9@\xc3\xa9.example"},
        {"broken UTF-8", "TO:<r\xff@e.example>", "at 16: wanted UTF-8"},
        {"underscore in domain", "TO:<a@b_c.example>", "a@b_c.example"},
        {"long local part, as VERP makes", verp, verp_shown},
        {"too long local part", long_local, "at 261: wanted shorter local part"},
        {"too long domain", long_domain, "at 269: wanted domain"},
        {"null path", "TO:<>", "at 4: wanted local part"},
        {"no domain", "TO:<a>", "at 5: wanted @"},
        {"empty domain", "TO:<a@>", "at 6: wanted domain"},
        {"domain with empty label", "TO:<a@b..c>", "at 10: wanted domain"},
        {"domain with hyphen at the end", "TO:<a@b-.c>", "at 10: wanted domain"},
        {"two @", "TO:<a@b@c>", "at 7: wanted >"},
        {"empty quotes", "TO:<\"\"@b.example>", "at 6: wanted local part"},
        {"open quote", "TO:<\"a@b.example>", "at 17: wanted closing quote"},
        {"backslash at the end", "TO:<\"a\\", "at 7: wanted closing quote"},
        {"no brackets", "TO:a@b.example", "at 3: wanted <"},
        {"no brackets, tolerant", "TO:a@b.example", "a@b.example", Dialect::tolerant},
        {"space", "TO: <a@b.example>", "at 3: wanted <"},
        {"space, tolerant", "TO: <a@b.example>", "a@b.example", Dialect::tolerant},
        {"final dot", "TO:<a@b.example.>", "at 16: wanted domain"},
        {"final dot, tolerant", "TO:<a@b.example.>", "a@b.example", Dialect::tolerant},
        {"junk after path", "TO:<a@b.example>x", "at 16: wanted end of line"},
        {"no colon", "TO<a@b.example>", "at 0: wanted TO:"},
        {"nothing", "", "at 0: wanted TO:"},
    };
    for (const PathRow& row : rows) {
        const auto command = parse_rcpt(row.args, row.dialect);
        EXPECT_EQ(command ? command->forward_path.address() : show(command.error()), row.shown) << row.name;
    }
}

TEST(RcptCommand, RefusesASpaceAfterTheColonWhenStrict)
{
    EXPECT_FALSE(parse_rcpt("TO: <a@b.example>", Dialect::strict));
    EXPECT_TRUE(parse_rcpt("TO: <a@b.example>", Dialect::tolerant));
}

std::string show(const Notify& notify)
{
    return fmt::format("{}{}{}{}", notify.never ? "N" : "", notify.success ? "S" : "",
                       notify.failure ? "F" : "", notify.delay ? "D" : "");
}

TEST(RcptCommand, TakesDsnParameters)
{
    struct Row {
        std::string_view parameters, shown;
    };
    const Row rows[] = {
        {"", "|"},
        {" NOTIFY=NEVER", "N|"},
        {" notify=success,Failure,DELAY", "SFD|"},
        {" NOTIFY=FAILURE ORCPT=rfc822;a+2Bb@x.example", "F|rfc822;a+2Bb@x.example"},
        {" ORCPT=utf-8;r\xc3\xa9@x.example", "|utf-8;r\xc3\xa9@x.example"},
        {" NOTIFY=NEVER,DELAY", "at 17: wanted valid NOTIFY"},
        {" NOTIFY=", "at 17: wanted valid NOTIFY"},
        {" NOTIFY", "at 17: wanted valid NOTIFY"},
        {" NOTIFY=LATER", "at 17: wanted valid NOTIFY"},
        {" NOTIFY=DELAY NOTIFY=DELAY", "at 30: wanted valid NOTIFY"},
        {" ORCPT=a@x.example", "at 17: wanted valid ORCPT"},
        {" ORCPT=rfc822;", "at 17: wanted valid ORCPT"},
        {" ORCPT=;a", "at 17: wanted valid ORCPT"},
        {" ORCPT=rfc822;a+0D+0Ab", "at 17: wanted valid ORCPT"},
        {" SIZE=1", "at 17: wanted known parameter"},
        {" XYZ=1", "at 17: wanted known parameter"},
        {" =1", "at 17: wanted parameter"},
        {"  NOTIFY=NEVER", "at 17: wanted parameter"},
    };
    for (const Row& row : rows) {
        const auto command = parse_rcpt("TO:<a@b.example>" + std::string(row.parameters), Dialect::strict);
        EXPECT_EQ(command ? show(command->notify) + "|" + command->orcpt : show(command.error()), row.shown)
            << row.parameters;
    }
}

std::string show(const MailCommand& mail)
{
    return fmt::format(
        "<{}>{}{}{}{}{}{}", mail.reverse_path.address(), mail.size ? fmt::format(" size {}", mail.size) : "",
        mail.body == Body::eight_bit_mime ? " 8bit" : "", mail.smtputf8 ? " utf8" : "",
        mail.ret == Return::full      ? " full"
        : mail.ret == Return::headers ? " hdrs"
                                      : "",
        mail.envid.empty() ? "" : " envid " + mail.envid, mail.auth ? " auth " + *mail.auth : "");
}

TEST(MailCommand, TakesAReversePathAndParameters)
{
    const std::string long_envid = "FROM:<a@b> ENVID=" + std::string(101, 'x');
    struct Row {
        std::string_view args, shown;
        Dialect dialect = Dialect::strict;
    };
    const Row rows[] = {
        {"FROM:<>", "<>"},
        {"from:<a@b.example>", "<a@b.example>"},
        {"FROM:<a@b> SIZE=1000 BODY=8BITMIME SMTPUTF8", "<a@b> size 1000 8bit utf8"},
        {"FROM:<a@b> body=7bit", "<a@b>"},
        {"FROM:<a@b> RET=HDRS ENVID=QQ+2B1", "<a@b> hdrs envid QQ+2B1"},
        {"FROM:<a@b> RET=full", "<a@b> full"},
        {"FROM:<a@b> AUTH=<>", "<a@b> auth <>"},
        {"FROM:<a@b> AUTH=e+3Dmc2@example.com", "<a@b> auth e=mc2@example.com"},
        {"FROM:<r\xc3\xa9@b> SMTPUTF8", "<r\xc3\xa9@b> utf8"},
        {"FROM:<r\xc3\xa9@b>", "at 12: wanted SMTPUTF8"},
        {"FROM: <a@b>", "at 5: wanted <"},
        {"FROM: <a@b>", "<a@b>", Dialect::tolerant},
        {"FROM: <>", "<>", Dialect::tolerant},
        {"FROM:<a@b>  SIZE=1", "<a@b> size 1", Dialect::tolerant},
        {"FROM:<a@b> SIZE=", "at 11: wanted valid SIZE"},
        {"FROM:<a@b> SIZE=-1", "at 11: wanted valid SIZE"},
        {"FROM:<a@b> SIZE=99999999999999999999", "at 11: wanted valid SIZE"},
        {"FROM:<a@b> SIZE=1 SIZE=2", "at 18: wanted valid SIZE"},
        {"FROM:<a@b> BODY=BINARYMIME", "at 11: wanted valid BODY"},
        {"FROM:<a@b> SMTPUTF8=1", "at 11: wanted valid SMTPUTF8"},
        {"FROM:<a@b> RET=ALL", "at 11: wanted valid RET"},
        {"FROM:<a@b> ENVID=a+0Ab", "at 11: wanted valid ENVID"},
        {"FROM:<a@b> ENVID=a+2b", "at 11: wanted valid ENVID"},
        {long_envid, "at 11: wanted valid ENVID"},
        {"FROM:<a@b> NOTIFY=NEVER", "at 11: wanted known parameter"},
        {"FROM:<a@b", "at 9: wanted >"},
        {"FROM:a@b", "at 5: wanted <"},
        {"FROM:", "at 5: wanted <"},
        {"TO:<a@b>", "at 0: wanted FROM:"},
    };
    for (const Row& row : rows) {
        const auto command = parse_mail(row.args, row.dialect);
        EXPECT_EQ(command ? show(*command) : show(command.error()), row.shown) << row.args;
    }
}

TEST(MailCommand, SaysWhatKindOfErrorItWas)
{
    struct Row {
        std::string_view args;
        ErrorKind kind;
    };
    for (const Row& row : {Row{"TO:<a@b>", ErrorKind::syntax}, Row{"FROM:<a@b.>", ErrorKind::address},
                           Row{"FROM:<a@b> X=1", ErrorKind::unknown_parameter},
                           Row{"FROM:<a@b> SIZE=x", ErrorKind::bad_parameter},
                           Row{"FROM:<\xc3\xa9@b>", ErrorKind::utf8_without_smtputf8}})
        EXPECT_EQ(parse_mail(row.args, Dialect::strict).error().kind, row.kind) << row.args;
}

TEST(EhloCommand, RefusesOnlyAnEmptyName)
{
    struct Row {
        std::string_view args, name;
        bool valid;
    };
    for (const Row& row : {Row{"mail.example", "mail.example", true}, Row{"[192.0.2.1]", "[192.0.2.1]", true},
                           Row{"[IPv6:::1]", "[IPv6:::1]", true}, Row{"DESKTOP_1", "DESKTOP_1", true},
                           Row{"my computer", "my?computer", false}, Row{"a(b)\"<>", "a?b????", false},
                           Row{"-", "-", false}}) {
        const auto command = parse_ehlo(row.args);
        ASSERT_TRUE(command) << row.args;
        EXPECT_EQ(command->name, row.name);
        EXPECT_EQ(command->valid, row.valid) << row.args;
    }
    EXPECT_FALSE(parse_ehlo(""));
    EXPECT_FALSE(parse_ehlo("  "));
    EXPECT_EQ(parse_ehlo(std::string(1000, 'a'))->name.size(), max_domain);
}

TEST(AuthCommand, TakesTwoSpacesAsWindowsMailSendsThem)
{
    const auto command = parse_auth("plain  AGEAYg==");
    ASSERT_TRUE(command);
    EXPECT_EQ(command->mechanism, "PLAIN");
    EXPECT_EQ(command->initial_response, "AGEAYg==");
    EXPECT_EQ(parse_auth("LOGIN")->initial_response, std::nullopt);
    EXPECT_EQ(parse_auth("PLAIN =")->initial_response, "=");
    EXPECT_FALSE(parse_auth(""));
    EXPECT_FALSE(parse_auth("PLAIN a b"));
}

TEST(BdatCommand, TakesASizeAndPerhapsLast)
{
    EXPECT_EQ(parse_bdat("0 LAST")->last, true);
    EXPECT_EQ(parse_bdat("1000")->size, 1000U);
    EXPECT_EQ(parse_bdat("1000 last")->last, true);
    for (const std::string_view bad :
         {"", "LAST", "1 x", "1  LAST", "-1", "1 LAST x", "1LAST", "99999999999999999999"})
        EXPECT_FALSE(parse_bdat(bad)) << bad;
}

TEST(Xtext, RoundTrips)
{
    std::string all;
    for (int c = 0; c < 256; ++c)
        all += static_cast<char>(c);
    EXPECT_EQ(decode_xtext(encode_xtext(all)), all);
    EXPECT_EQ(encode_xtext("a+b=c"), "a+2Bb+3Dc");
    for (const std::string_view bad : {"+", "+4", "+4g", "+2b", "a=b", "a b", "\xc3\xa9"})
        EXPECT_EQ(decode_xtext(bad), std::nullopt) << bad;
}

TEST(Path, ParsesWhatItPrints)
{
    std::mt19937 random(7);
    const std::string_view letters = "ab.\"\\@<> %!+\xc3\xa9";
    for (int round = 0; round < 5000; ++round) {
        std::string text = "TO:<";
        for (unsigned i = random() % 12; i > 0; --i)
            text += letters[random() % letters.size()];
        text += "@b.example>";
        const auto command = parse_rcpt(text, Dialect::strict);
        if (!command)
            continue;
        const auto again = parse_rcpt("TO:<" + command->forward_path.address() + ">", Dialect::strict);
        ASSERT_TRUE(again) << text;
        EXPECT_EQ(again->forward_path, command->forward_path) << text;
    }
}

} // namespace
} // namespace mansio::wire::smtp
