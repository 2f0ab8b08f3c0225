// What intake stores beside a message, as bytes.
#include "base/bytes.h"
#include "message/imap_form.h"

namespace mansio::message {
namespace {

constexpr std::uint8_t with_preview = 3;
constexpr std::uint8_t with_fields = 2;
constexpr std::uint8_t without_fields = 1; ///< the oldest

void write_optional(base::Writer& out, const std::optional<std::string>& text)
{
    out.u8(text ? 1 : 0).string(text.value_or(""));
}

std::optional<std::string> read_optional(base::Reader& in)
{
    const bool there = in.u8() == 1;
    std::string text(in.string());
    return there ? std::optional(std::move(text)) : std::nullopt;
}

} // namespace

std::string pack(const ImapForms& forms)
{
    base::Writer writer;
    writer.u8(with_preview).string(forms.envelope).string(forms.body).string(forms.body_structure);
    write_optional(writer, forms.fields);
    write_optional(writer, forms.preview);
    return writer.take();
}

std::optional<ImapForms> unpack_imap_forms(std::string_view bytes)
{
    base::Reader reader(bytes);
    const auto version = reader.u8();
    ImapForms forms;
    forms.envelope = reader.string();
    forms.body = reader.string();
    forms.body_structure = reader.string();
    if (version >= with_fields)
        forms.fields = read_optional(reader);
    if (version >= with_preview)
        forms.preview = read_optional(reader);
    if (version < without_fields || version > with_preview || !reader.done())
        return std::nullopt;
    return forms;
}

} // namespace mansio::message
