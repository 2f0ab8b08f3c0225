#pragma once
#include "base/time.h"

#include <string>
#include <string_view>

namespace mansio::imapd {

/// The header fields that SORT and THREAD go by, as they stand; "" where there is none. Of several the one
/// that ENVELOPE shows: the last, but of address lists the first with anything in it.
struct MailFields {
    std::string_view date{};
    std::string_view subject{};
    std::string_view from{};
    std::string_view to{};
    std::string_view cc{};
    std::string_view message_id{};
    std::string_view references{};
    std::string_view in_reply_to{};
};
/// Views into `header`, which may be common fields, a header, or more of a message.
MailFields find_mail_fields(std::string_view header);

/// rfc5256#2.2
base::Seconds sent_date(const MailFields& fields, base::Seconds internal_date);

/// Text as i;unicode-casemap compares it: rfc5256#7. Only the first thousand bytes count: who sees the
/// difference in what is longer?
std::string text_key(std::string_view utf8);

struct SubjectKey {
    std::string text; ///< text_key() of the base subject
    bool is_reply = false;
};
SubjectKey subject_key(const MailFields& fields);

} // namespace mansio::imapd
