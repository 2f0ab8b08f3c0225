#include "load/imap_works.h"

#include <algorithm>
#include <fmt/format.h>
#include <iterator>

namespace mansio::load {
namespace {

using Context = ImapContext;

void select(std::string& out, const Context& context, std::uint64_t)
{
    out.append("SELECT ").append(context.mailbox);
}

void status(std::string& out, const Context& context, std::uint64_t)
{
    out.append("STATUS ").append(context.mailbox).append(" (MESSAGES UNSEEN UIDNEXT UIDVALIDITY)");
}

void noop(std::string& out, const Context&, std::uint64_t)
{
    out += "NOOP";
}

void fetch_metadata(std::string& out, const Context&, std::uint64_t)
{
    out += "FETCH 1:* (UID FLAGS RFC822.SIZE)";
}

void fetch_full_metadata(std::string& out, const Context&, std::uint64_t)
{
    out += "FETCH 1:* (UID FLAGS RFC822.SIZE INTERNALDATE ENVELOPE BODYSTRUCTURE)";
}

void fetch_body(std::string& out, const Context&, std::uint64_t)
{
    out += "FETCH 1:* (BODY.PEEK[])";
}

void store(std::string& out, const Context&, std::uint64_t ticket)
{
    fmt::format_to(std::back_inserter(out), "STORE 1:* {}FLAGS.SILENT (\\Flagged)", ticket % 2 ? '-' : '+');
}

/// One message after the other: flagged, then cleared again, so that a later run finds as much to do.
void store_one(std::string& out, const Context& context, std::uint64_t ticket)
{
    const std::uint64_t count = std::max<std::uint64_t>(context.exists, 1);
    fmt::format_to(std::back_inserter(out), "STORE {} {}FLAGS.SILENT (\\Flagged)", ticket / 2 % count + 1,
                   ticket % 2 ? '-' : '+');
}

void search_subject(std::string& out, const Context& context, std::uint64_t)
{
    out.append("SEARCH SUBJECT ").append(context.word);
}

void search_body(std::string& out, const Context& context, std::uint64_t)
{
    out.append("SEARCH BODY ").append(context.word);
}

void copy(std::string& out, const Context& context, std::uint64_t)
{
    out.append("COPY 1:* ").append(context.target);
}

constexpr ImapWork works[] = {
    //  name              selects  counted             command
    {"select", false, Counted::commands, select},
    {"status", false, Counted::commands, status},
    {"noop", true, Counted::commands, noop},
    {"fetch-metadata", true, Counted::fetched, fetch_metadata},
    {"fetch-full-metadata", true, Counted::fetched, fetch_full_metadata},
    {"fetch-body", true, Counted::fetched, fetch_body},
    {"store", true, Counted::messages, store},
    {"store-one", true, Counted::commands, store_one},
    {"search-subject", true, Counted::commands, search_subject},
    {"search-body", true, Counted::commands, search_body},
    {"copy", true, Counted::messages, copy},
};

} // namespace

const ImapWork* find_imap_work(std::string_view name)
{
    const auto* found = std::ranges::find(works, name, &ImapWork::name);
    return found == std::end(works) ? nullptr : found;
}

} // namespace mansio::load
