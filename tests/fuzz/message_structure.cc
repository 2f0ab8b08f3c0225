// message: whole messages. Parts nest, and what IMAP is sent about them is well formed.
#include "fuzz/imap_syntax.h"
#include "fuzz/target.h"

#include "base/text.h"
#include "message/charset.h"
#include "message/header.h"
#include "message/imap_form.h"
#include "message/search_text.h"
#include "message/section.h"
#include "message/structure.h"

namespace mansio::fuzz {
namespace {

using namespace message;

void check_part(std::string_view message, const Structure& structure, std::uint32_t index)
{
    const Part& part = structure.parts[index];
    require(part.header_begin <= part.header_end && part.header_end <= part.body_begin &&
                part.body_begin <= part.body_end && part.body_end <= message.size(),
            "a part lies in the message");
    require(part.type == base::to_lower(part.type), "lower case");
    if (index == 0) {
        require(part.parent == Part::none, "the root has no parent");
        return;
    }
    require(part.parent < index, "parents come first");
    const Part& parent = structure.parts[part.parent];
    require(parent.kind != PartKind::single, "a parent has parts");
    require(part.header_begin >= parent.body_begin && part.body_end <= parent.body_end,
            "a part lies in its parent");
    if (part.next_sibling != Part::none)
        require(structure.parts[part.next_sibling].header_begin >= part.body_end, "siblings follow");
}

void check_form(std::string_view form)
{
    std::size_t at = 0;
    require(form.starts_with('(') && skip_imap_value(form, at) && at == form.size(),
            "one list in parentheses");
    require(form.find('\0') == form.npos, "no NUL");
}

void check_sections(std::string_view message, const Structure& structure)
{
    for (const SectionText text :
         {SectionText::none, SectionText::header, SectionText::text, SectionText::mime,
          SectionText::header_fields, SectionText::header_fields_not}) {
        for (const auto& numbers : std::vector<std::vector<std::uint32_t>>{{}, {1}, {2}, {1, 1}, {2, 1, 3}}) {
            const auto bytes = read_section(message, structure, {numbers, text, {"From", "Subject"}});
            require(!bytes || bytes->view().size() <= message.size() + 2, "a section is not longer");
            if (numbers.empty() && text == SectionText::none)
                require(bytes && bytes->view() == message, "BODY[] is the message");
            read_binary(message, structure, numbers);
            find_part(structure, numbers);
        }
    }
    const auto header = read_section(message, structure, {{}, SectionText::header, {}});
    const auto text = read_section(message, structure, {{}, SectionText::text, {}});
    require(header && text, "a message has header and text");
    require_equal(std::string(header->view()) + std::string(text->view()), message, "and they are all of it");
}

void structure(std::string_view input)
{
    const StructureLimits limits{.parts = 30, .depth = 8, .parameters = 10, .header_bytes = 1000};
    const Structure parsed = parse_structure(input, limits);
    require(!parsed.parts.empty() && parsed.parts.size() <= limits.parts, "parts within the limit");
    for (std::uint32_t index = 0; index < parsed.parts.size(); ++index) {
        check_part(input, parsed, index);
        require(base::is_utf8(part_text(input, parsed.parts[index])), "a part's text is UTF-8");
        decoded_body(input, parsed.parts[index]);
    }
    check_sections(input, parsed);
    const ImapForms forms = make_imap_forms(input, parsed);
    check_form(forms.envelope);
    require(base::is_ascii(forms.envelope), "an envelope is ASCII");
    check_form(forms.body);
    check_form(forms.body_structure);
    const auto unpacked = unpack_imap_forms(pack(forms));
    require(unpacked && unpacked->body_structure == forms.body_structure &&
                unpacked->envelope == forms.envelope && unpacked->body == forms.body,
            "forms packed and unpacked");
    require(contains_text(input, parsed, "", SearchWhere::text), "nothing is found everywhere");
    contains_text(input, parsed, fold_for_search("needle"), SearchWhere::body);
    header_contains(input, "subject", fold_for_search("needle"));
}

void forms(std::string_view input)
{
    const auto unpacked = unpack_imap_forms(input);
    if (!unpacked)
        return;
    const std::string packed = pack(*unpacked); // lengths may be stored longer than need be
    const auto again = unpack_imap_forms(packed);
    require(again.has_value(), "packed forms are read");
    require_equal(pack(*again), packed, "forms packed and read");
}

const Register targets[] = {
    Register({"message-structure", structure, "mime", 2048}),
    Register({"message-forms", forms, {}, 256}),
};

} // namespace
} // namespace mansio::fuzz
