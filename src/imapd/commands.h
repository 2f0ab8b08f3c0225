#pragma once
#include "imapd/session.h"

// One handler per command, each in the file of its name; command_table.cc says when it may run.
namespace mansio::imapd {

Task<Reply> capability(Session& session, imap::Capability command);
Task<Reply> noop(Session& session, imap::Noop command);
Task<Reply> check(Session& session, imap::Check command);
Task<Reply> logout(Session& session, imap::Logout command);
Task<Reply> id(Session& session, imap::Id command);

Task<Reply> starttls(Session& session, imap::StartTls command);
Task<Reply> authenticate(Session& session, imap::Authenticate command);
Task<Reply> login(Session& session, imap::Login command);

Task<Reply> enable(Session& session, imap::Enable command);
Task<Reply> select(Session& session, imap::Select command);
Task<Reply> create(Session& session, imap::Create command);
Task<Reply> remove(Session& session, imap::Delete command);
Task<Reply> rename(Session& session, imap::Rename command);
Task<Reply> subscribe(Session& session, imap::Subscribe command);
Task<Reply> unsubscribe(Session& session, imap::Unsubscribe command);
Task<Reply> list(Session& session, imap::List command);
Task<Reply> lsub(Session& session, imap::Lsub command);
Task<Reply> name_space(Session& session, imap::Namespace command);
Task<Reply> get_metadata(Session& session, imap::GetMetadata command);
Task<Reply> set_metadata(Session& session, imap::SetMetadata command);
Task<Reply> get_quota(Session& session, imap::GetQuota command);
Task<Reply> get_quota_root(Session& session, imap::GetQuotaRoot command);
Task<Reply> set_quota(Session& session, imap::SetQuota command);
Task<Reply> status(Session& session, imap::Status command);
Task<Reply> append(Session& session, imap::Append command);
Task<Reply> replace(Session& session, imap::Replace command);
Task<Reply> idle(Session& session, imap::Idle command);
Task<Reply> notify(Session& session, imap::Notify command);

Task<Reply> close(Session& session, imap::Close command);
Task<Reply> unselect(Session& session, imap::Unselect command);
Task<Reply> expunge(Session& session, imap::Expunge command);
Task<Reply> search(Session& session, imap::Search command);
Task<Reply> sort(Session& session, imap::Sort command);
Task<Reply> thread(Session& session, imap::Thread command);
Task<Reply> fetch(Session& session, imap::Fetch command);
Task<Reply> store(Session& session, imap::Store command);
Task<Reply> copy(Session& session, imap::Copy command);
Task<Reply> move(Session& session, imap::Move command);

} // namespace mansio::imapd
