// A mailbox's index from stored heads, pages and log entries, whatever they say: its order and sums must
// hold, and what it stores must load as the same.
#include "fuzz/target.h"

#include "base/bytes.h"
#include "mailbox/change.h"
#include "mailbox/index.h"

namespace mansio::fuzz {
namespace {

using namespace mailbox;

constexpr MailboxId inbox{1};

void check_view(const View& view)
{
    View::Totals totals;
    Uid before = 0;
    std::size_t count = 0;
    for (std::size_t at = 0; at < view.size();) {
        const auto run = view.run_from(at);
        require(!run.empty(), "a run holds something");
        for (const Message& message : run) {
            require(message.uid > before, "UIDs ascend");
            before = message.uid;
            totals.size += message.size;
            totals.unseen += (message.system & seen) == 0 ? 1 : 0;
            totals.deleted += (message.system & deleted) != 0 ? 1 : 0;
            view.flag_names(message);
        }
        count += run.size();
        at += run.size();
    }
    require(count == view.size(), "as many as the view says");
    require(totals == view.totals(), "the sums are those of the messages");
    require(view.empty() || view.uid_next() > before, "the next UID is above all");
    require(view.keywords().size() <= max_keywords, "not more keywords than bits");
    for (std::size_t at = 0; at < view.size(); at += view.size() / 7 + 1)
        require(view.find(view.at(at).uid) == at, "a message is found by its UID");
}

void check_stored(const Index& index)
{
    Index copy(inbox, 1);
    require(copy.load_head(index.head()).has_value(), "a head of ours loads");
    for (const auto& [first, page] : index.page_changes().put) {
        const auto loaded = copy.load_page(page);
        require(loaded.has_value(), "a page of ours loads");
    }
    check_view(copy.now());
    require(copy.now().totals() == index.now().totals() && copy.now().size() == index.now().size() &&
                copy.now().uid_next() == index.now().uid_next() &&
                copy.now().keywords() == index.now().keywords(),
            "what was stored is what loads");
}

/// Bytes are records: a kind, then a string with its length.
void index_records(std::string_view input)
{
    Index index(inbox, 1);
    base::Reader in(input);
    bool loading = true;
    for (ModSeq modseq = 2; !in.done() && in.ok(); ++modseq) {
        const std::uint8_t kind = in.u8();
        const std::string_view bytes = in.string();
        const ViewPtr before = index.snapshot();
        if (kind % 4 == 0 && loading) {
            if (!index.load_head(bytes))
                return;
        } else if (kind % 4 == 1 && loading) {
            if (!index.load_page(bytes))
                return;
        } else if (const auto change = decode_change(modseq, bytes)) {
            loading = false;
            for (const Entry& entry : change->entries)
                index.apply(entry, modseq);
        }
        check_view(index.now());
        check_view(*before);
        check_stored(index);
    }
}

const Register targets[] = {
    Register({"mailbox-index", index_records, {}, 2048}),
};

} // namespace
} // namespace mansio::fuzz
