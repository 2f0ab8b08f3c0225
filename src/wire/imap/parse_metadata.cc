#include "base/text.h"
#include "wire/imap/parse_parts.h"

#include <algorithm>

namespace mansio::wire::imap {
namespace {

/// Is the scope alone a name? It has no value, but may have entries below: doc/compat.md#metadata-scope
enum class Scope : std::uint8_t { allowed, not_alone };

bool is_entry_char(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7F && c != '*' && c != '%';
}

/// rfc5464#3.2
bool is_entry_name(std::string_view name, Scope scope)
{
    if (scope == Scope::allowed && (name == "/private" || name == "/shared"))
        return true;
    return (name.starts_with("/private/") || name.starts_with("/shared/")) && !name.ends_with('/') &&
           !name.contains("//") && std::ranges::all_of(name, is_entry_char);
}

bool entry(Cursor& in, std::string& out, Scope scope)
{
    std::string name;
    if (!in.astring(name))
        return false;
    out = base::to_lower(name);
    return is_entry_name(out, scope) || in.wanted("an entry below /private or /shared");
}

/// entries of rfc5464#5
bool entries(Cursor& in, std::vector<std::string>& out)
{
    if (in.peek() != '(')
        return entry(in, out.emplace_back(), Scope::allowed);
    const auto one = [&](Cursor& list) { return entry(list, out.emplace_back(), Scope::allowed); };
    if (!parenthesised(in, one))
        return false;
    return !out.empty() || in.wanted("at least one entry");
}

bool depth(Cursor& in, MetadataItems::Depth& out)
{
    using Depth = MetadataItems::Depth;
    if (in.take_word("0"))
        out = Depth::zero;
    else if (in.take_word("1"))
        out = Depth::one;
    else if (in.take_word("infinity"))
        out = Depth::infinity;
    else
        return in.wanted("0, 1 or infinity");
    return true;
}

/// rfc5464#4.2.1, #4.2.2
bool option(Cursor& in, MetadataItems& out)
{
    if (in.take_word("MAXSIZE"))
        return in.space() && in.number(out.max_size.emplace());
    if (in.take_word("DEPTH"))
        return in.space() && depth(in, out.depth);
    return in.wanted("MAXSIZE or DEPTH");
}

bool options(Cursor& in, MetadataItems& out)
{
    return parenthesised(in, [&](Cursor& list) { return option(list, out); });
}

/// Does a list of options begin here, or one of entries? Those begin with a slash or a quote.
bool begins_options(const Cursor& in)
{
    Cursor ahead = in;
    if (!ahead.take('('))
        return false;
    ahead.take_spaces();
    return base::is_alpha(ahead.peek());
}

/// value = nstring / literal8
bool value(Cursor& in, std::optional<std::string>& out)
{
    out.reset();
    if (in.take_word("NIL"))
        return true;
    return in.string(out.emplace());
}

} // namespace

/// [options SP] entries
bool parse_metadata_items(Cursor& in, MetadataItems& out)
{
    if (begins_options(in) && (!options(in, out) || !in.space()))
        return false;
    return entries(in, out.entries);
}

/// [SP options] SP mailbox SP entries; the options may also stand behind the mailbox:
/// doc/compat.md#metadata-options
bool parse_get_metadata(Cursor& in, GetMetadata& out)
{
    if (!in.space())
        return false;
    if (in.peek() == '(' && (!options(in, out.items) || !in.space()))
        return false;
    return in.mailbox(out.mailbox) && in.space() && parse_metadata_items(in, out.items);
}

/// SP mailbox SP "(" entry SP value *(SP entry SP value) ")"
bool parse_set_metadata(Cursor& in, SetMetadata& out)
{
    if (!in.space() || !in.mailbox(out.mailbox) || !in.space())
        return false;
    const auto change = [&](Cursor& list) {
        auto& one = out.changes.emplace_back();
        return entry(list, one.entry, Scope::not_alone) && list.space() && value(list, one.value);
    };
    if (!parenthesised(in, change))
        return false;
    return !out.changes.empty() || in.wanted("at least one entry");
}

} // namespace mansio::wire::imap
