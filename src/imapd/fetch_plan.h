#pragma once
#include "wire/imap/command.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mansio::imapd {

/// What a FETCH has to read for each message, decided once.
struct FetchPlan {
    enum class Content : std::uint8_t {
        none,
        range,  ///< one piece of the message: `range`
        header, ///< the header
        whole,
    };
    std::vector<wire::imap::FetchItem> items; ///< UID and MODSEQ added where the command implies them
    Content content = Content::none;
    wire::imap::Partial range;
    bool forms = false;         ///< ENVELOPE, BODY, BODYSTRUCTURE, PREVIEW, or common fields
    bool preview = false;       ///< PREVIEW, which old stored forms lack
    bool common_fields = false; ///< the header is asked for nothing else: the stored forms have it
    bool structure = false;     ///< MIME parts
    bool as_it_is = false;      ///< the whole message, once, is all the content asked for
    bool sets_seen = false;
    bool mod_seq = false; ///< the command asked for MODSEQ: CONDSTORE begins
};

/// Does a UID FETCH say the UID though nobody asked? Not where the response begins with it: rfc9586#3.3
enum class UidItem : std::uint8_t { implied, if_asked };
FetchPlan plan_fetch(const wire::imap::Fetch& command, UidItem uid_item = UidItem::implied);

/// "BODY[1.HEADER.FIELDS (From)]<0>", as in the response.
std::string section_label(const wire::imap::FetchItem& item);

} // namespace mansio::imapd
