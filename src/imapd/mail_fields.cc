#include "imapd/mail_fields.h"

#include "base/text.h"
#include "message/base_subject.h"
#include "message/casemap.h"
#include "message/date.h"
#include "message/encoded_word.h"
#include "message/header.h"

namespace mansio::imapd {
namespace {

constexpr std::size_t max_key = 1000; // bytes; as long as a line may be (rfc5322#2.1.1)

enum class Keep : std::uint8_t { last, first };

struct FieldRow {
    std::string_view name;
    std::string_view MailFields::* place;
    Keep keep;
};

constexpr FieldRow field_rows[] = {
    {"Date", &MailFields::date, Keep::last},
    {"Subject", &MailFields::subject, Keep::last},
    {"From", &MailFields::from, Keep::first},
    {"To", &MailFields::to, Keep::first},
    {"Cc", &MailFields::cc, Keep::first},
    {"Message-ID", &MailFields::message_id, Keep::last},
    {"References", &MailFields::references, Keep::last},
    {"In-Reply-To", &MailFields::in_reply_to, Keep::last},
};

} // namespace

MailFields find_mail_fields(std::string_view header)
{
    MailFields found;
    message::HeaderScanner scanner(header);
    while (const auto field = scanner.next()) {
        for (const FieldRow& row : field_rows) {
            if (!base::equal_icase(field->name, row.name))
                continue;
            std::string_view& value = found.*row.place;
            if (row.keep == Keep::last || base::trim(value).empty())
                value = field->value;
        }
    }
    return found;
}

base::Seconds sent_date(const MailFields& fields, base::Seconds internal_date)
{
    const auto date = message::parse_date(message::unfold(fields.date));
    return date ? date->time : internal_date;
}

std::string text_key(std::string_view utf8)
{
    return message::casemap(utf8.substr(0, max_key));
}

SubjectKey subject_key(const MailFields& fields)
{
    const auto subject = message::base_subject(message::decode_header_text(fields.subject));
    return {text_key(subject.text), subject.is_reply};
}

} // namespace mansio::imapd
