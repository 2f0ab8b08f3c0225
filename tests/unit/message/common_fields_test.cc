#include "message/common_fields.h"
#include "message/imap_form.h"
#include "message/search_text.h"
#include "message/section.h"

#include <gtest/gtest.h>

namespace mansio::message::test {

TEST(CommonFields, AreAsTheyStandInTheirOrder)
{
    EXPECT_EQ(
        common_fields("Received: x\r\nsubject : a\r\n b\r\nX-Other: y\r\nFROM: c\nTo: d\r\n\r\nbody\r\n"),
        "subject : a\r\n b\r\nFROM: c\nTo: d\r\n\r\n");
    EXPECT_EQ(common_fields("X-Other: y\r\n\r\n"), "\r\n");
    EXPECT_EQ(common_fields(""), "\r\n");
}

TEST(CommonFields, AreLeftOutWhereTheyWouldNotBeTheSame)
{
    EXPECT_EQ(common_fields("Subject: no line end"), std::nullopt);
    EXPECT_EQ(common_fields("To: " + std::string(20'000, 'x') + "\r\n\r\n"), std::nullopt);
}

TEST(CommonFields, GiveTheAnswersOfTheWholeHeader)
{
    constexpr std::string_view messages[] = {
        "Subject: one\r\nSubject: two\r\nTo: a@b\r\n\r\nSubject: body\r\n",
        "no colon\r\nSubject: a\r\n\tb\r\n \r\nDate: today\r\n\r\n",
        "Subject:\r\n\r\n",
        "Received: x\r\nTo: =?utf-8?Q?=C3=A4?= <a@b>\nCc: c\n\nbody",
        " begins with a fold\r\nSubject: x\r\n\r\n",
    };
    for (const std::string_view message : messages) {
        const auto fields = common_fields(message);
        ASSERT_TRUE(fields) << message;
        for (const char* name : {"subject", "To", "CC", "Date", "From"}) {
            const auto header = message.substr(0, find_body(message));
            EXPECT_EQ(select_header_fields(*fields, {name}, FieldChoice::named),
                      select_header_fields(header, {name}, FieldChoice::named))
                << message;
            for (const char* text : {"", "one", "two", "a", "body", "x"})
                EXPECT_EQ(header_contains(*fields, name, text), header_contains(header, name, text))
                    << message;
        }
    }
}

TEST(CommonFields, AreStoredWithTheForms)
{
    const std::string message = "Subject: s\r\nX-Other: o\r\n\r\nbody\r\n";
    const auto back = unpack_imap_forms(pack(make_imap_forms(message)));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->fields, "Subject: s\r\n\r\n");
    EXPECT_EQ(unpack_imap_forms(pack(make_imap_forms("Subject: s")))->fields, std::nullopt);
}

} // namespace mansio::message::test
