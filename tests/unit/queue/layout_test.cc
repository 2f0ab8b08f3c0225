#include "queue/layout.h"
#include "queue/route.h"

#include <gtest/gtest.h>

namespace mansio::queue {
namespace {

Envelope full_envelope()
{
    Envelope envelope;
    envelope.reverse_path = "alice@here.example";
    envelope.envelope_id = "QQ+2B1";
    envelope.ret = Ret::headers;
    envelope.body = BodyType::eight_bit_mime;
    envelope.smtputf8 = true;
    envelope.require_tls = true;
    envelope.trace_id = "t1";
    envelope.message_id = "m@x";
    envelope.account = {7};
    envelope.arrived = 1000;
    envelope.expires = 2000;
    envelope.blob = storage::BlobId::of("x");
    envelope.size = 1;
    return envelope;
}

Recipient full_recipient()
{
    Recipient recipient;
    recipient.index = 3;
    recipient.forward_path = "b\xc3\xb6\x62@there.example";
    recipient.notify = {false, true, true, false};
    recipient.original_recipient = "rfc822;Bob@x";
    recipient.route = "[::1]:25";
    recipient.state = RecipientState::parked;
    recipient.owed = Owed::delay;
    recipient.delay_reported = true;
    recipient.attempts = 300;
    recipient.next_attempt = 5;
    recipient.last_attempt = 4;
    recipient.first_failed = 3;
    recipient.last_code = 451;
    recipient.last_status = "4.7.1";
    recipient.last_reply = "later";
    recipient.expired = true;
    recipient.parked_because = "null sender";
    recipient.last_remote = "mx [192.0.2.1]";
    return recipient;
}

TEST(QueueLayout, EnvelopesComeBackAsTheyWent)
{
    const Envelope in = full_envelope();
    const auto out = layout::decode_envelope(layout::encode(in));
    ASSERT_TRUE(out);
    EXPECT_EQ(layout::encode(*out), layout::encode(in));
    EXPECT_EQ(out->reverse_path, in.reverse_path);
    EXPECT_EQ(out->ret, in.ret);
    EXPECT_TRUE(out->smtputf8 && out->require_tls);
    EXPECT_EQ(out->expires, 2000);
    EXPECT_EQ(out->blob, in.blob);
}

TEST(QueueLayout, RecipientsComeBackAsTheyWent)
{
    const Recipient in = full_recipient();
    const auto out = layout::decode_recipient(layout::recipient_key(QueueId{9}, 3), layout::encode(in));
    ASSERT_TRUE(out);
    EXPECT_EQ(layout::encode(*out), layout::encode(in));
    EXPECT_EQ(out->index, 3U);
    EXPECT_EQ(out->notify, in.notify);
    EXPECT_EQ(out->state, RecipientState::parked);
    EXPECT_TRUE(out->delay_reported && out->expired);
    EXPECT_EQ(out->parked_because, "null sender");
}

TEST(QueueLayout, RefusesEveryCutAndEveryAddition)
{
    const std::string envelope = layout::encode(full_envelope());
    const std::string recipient = layout::encode(full_recipient());
    const std::string key = layout::recipient_key(QueueId{9}, 3);
    for (std::size_t size = 0; size < envelope.size(); ++size)
        EXPECT_FALSE(layout::decode_envelope(envelope.substr(0, size)));
    for (std::size_t size = 0; size < recipient.size(); ++size)
        EXPECT_FALSE(layout::decode_recipient(key, recipient.substr(0, size)));
    EXPECT_FALSE(layout::decode_envelope(envelope + "x"));
    EXPECT_FALSE(layout::decode_recipient(key, recipient + "x"));
    EXPECT_FALSE(layout::decode_recipient("qr", recipient));
}

TEST(QueueLayout, AScanOfAMessageHoldsItsRecipientsOnly)
{
    const storage::Range range = layout::recipients_of(QueueId{9});
    const auto inside = [&](const std::string& key) { return key >= range.first && key < range.end; };
    EXPECT_TRUE(inside(layout::recipient_key(QueueId{9}, 0)));
    EXPECT_TRUE(inside(layout::recipient_key(QueueId{9}, UINT32_MAX)));
    EXPECT_FALSE(inside(layout::recipient_key(QueueId{8}, UINT32_MAX)));
    EXPECT_FALSE(inside(layout::recipient_key(QueueId{10}, 0)));
    EXPECT_EQ(layout::id_in(layout::recipient_key(QueueId{77}, 1)), QueueId{77});
}

TEST(QueueIds, AreShownAndReadBack)
{
    EXPECT_EQ(to_text(QueueId{0x1234}), "0000000000001234");
    EXPECT_EQ(parse_queue_id("0000000000001234"), QueueId{0x1234});
    for (const std::string_view bad :
         {"", "1234", "000000000000123g", "00000000000012345", "-000000000001234"})
        EXPECT_FALSE(parse_queue_id(bad)) << bad;
}

TEST(Routes, AreAHostWithOrWithoutAPort)
{
    struct Row {
        std::string_view text;
        std::optional<Route> route;
    };
    for (const Row& row :
         {Row{"mx.example", Route{"mx.example", 25}}, Row{"MX.example:2525", Route{"mx.example", 2525}},
          Row{"192.0.2.1:26", Route{"192.0.2.1", 26}}, Row{"[::1]:2525", Route{"::1", 2525}},
          Row{"[::1]", Route{"::1", 25}}, Row{"", {}}, Row{":25", {}}, Row{"a:", {}}, Row{"a:0", {}},
          Row{"a:65536", {}}, Row{"a b", {}}, Row{"[::1", {}}, Row{"[::1]x", {}}, Row{"a:25\r\n", {}}})
        EXPECT_EQ(parse_route(row.text), row.route) << row.text;
}

TEST(Routes, TakeTheDomainAfterTheLastAt)
{
    EXPECT_EQ(domain_of("a@B.Example"), "b.example");
    EXPECT_EQ(domain_of("\"a@b\"@c.example"), "c.example");
    EXPECT_EQ(domain_of("postmaster"), "");
    EXPECT_EQ(domain_of("a@[192.0.2.1]"), "[192.0.2.1]");
}

} // namespace
} // namespace mansio::queue
