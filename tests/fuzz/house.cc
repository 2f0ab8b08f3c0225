#include "fuzz/house.h"

#include "fuzz/target.h"
#include "kit/setting_up.h"

#include "base/bytes.h"
#include "base/log.h"
#include "trace/layout.h"

#include <boost/json/serialize.hpp>
#include <filesystem>
#include <fstream>

namespace mansio::fuzz {
namespace {

namespace json = boost::json;
using base::Task;
using kit::got;

/// What a session caught of its own mistakes reaches only the log: here it ends the run.
class BugSink final : public base::LogSink {
public:
    bool wants(std::string_view, base::Level level) const override { return level >= base::Level::info; }
    void write(const base::Event& event) override
    {
        require(event.what != "command threw", "a command threw");
        for (const base::Field& field : event.fields)
            require(field.value != "internal error" && !field.value.starts_with("bug: "), "a session threw");
    }
};

mailbox::NewMessage message(std::string content)
{
    mailbox::NewMessage made;
    made.blob = storage::BlobId::of(content);
    made.content = std::make_shared<const std::string>(std::move(content));
    return made;
}

Task<mailbox::MailboxId> find_mailbox(mailbox::Account& account, std::string name)
{
    auto list = co_await account.list();
    const mailbox::MailboxInfo* info = list ? (*list)->find(name) : nullptr;
    co_return info ? info->id : mailbox::MailboxId{};
}

Task<bool> append(mailbox::Account& account, std::string name, std::string content)
{
    const mailbox::MailboxId id = co_await find_mailbox(account, std::move(name));
    std::vector<mailbox::NewMessage> messages;
    messages.push_back(message(std::move(content)));
    auto appended = co_await account.append(id, std::move(messages), {});
    co_return appended.has_value();
}

constexpr std::string_view first =
    "From: Ann <ann@b.example>\r\nTo: alice@here.example\r\nSubject: one\r\n"
    "Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <1@b.example>\r\n\r\nHello\r\n";
constexpr std::string_view second =
    "From: a@b.example\r\nSubject: =?utf-8?q?zwei?=\r\nMIME-Version: 1.0\r\n"
    "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\ntext\r\n.\r\n..two\r\n--x\r\n"
    "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: "
    "base64\r\n\r\nPGI+aGk8L2I+\r\n--x--\r\n";
constexpr std::string_view third = "From: <a@b.example>\r\nSubject: f\xc3\xbcr drei\r\n\r\nbody\r\n";

/// The state every input begins with, made once.
Task<void> fill(storage::MemoryEngine& engine, const base::Clock& clock)
{
    mailbox::Accounts accounts(engine, {&loop()}, clock);
    auto account = got(co_await accounts.open({1}));
    for (const std::string_view content : {first, second, std::string_view("x: gone\r\n\r\n"), third}) {
        const bool appended = co_await append(*account, "INBOX", std::string(content));
        require(appended, "the beginning is made");
    }
    const mailbox::MailboxId inbox = co_await find_mailbox(*account, "INBOX");
    auto flagged = co_await account->store_flags(
        inbox, mailbox::UidSet::of({1}), {mailbox::FlagMode::add, {mailbox::seen, {"$Forwarded"}}, {}});
    got(std::move(flagged));
    auto removed = co_await account->remove_messages(inbox, mailbox::UidSet::of({3}));
    got(std::move(removed));
    const bool archived = co_await append(*account, "Archive", std::string(first));
    require(archived, "the beginning is made");
    auto flushed = co_await accounts.flush();
    got(std::move(flushed));
}

std::unique_ptr<storage::MemoryEngine> make_beginning()
{
    static BugSink sink;
    base::set_log_sink(&sink);
    auto engine = std::make_unique<storage::MemoryEngine>();
    const base::FakeClock clock;
    directory::Directory directory(*engine, clock, directory::inline_hasher(), kit::quick_hashes());
    const auto run = [](auto task) { return wait(std::move(task)); };
    got(wait(directory.add_domain("here.example")));
    kit::add_accounts(directory, run, {"alice@here.example", "bob@here.example"}, "secret");
    got(wait(directory.set_alias({"postmaster@here.example", {"alice@here.example"}})));
    got(wait(directory.set_alias({"sales@here.example", {"alice@here.example", "bob@here.example"}})));
    got(wait(directory.server_secret()));
    wait(fill(*engine, clock));
    return engine;
}

const storage::MemoryEngine& beginning()
{
    static const auto engine = make_beginning();
    return *engine;
}

net::Deadline patience()
{
    return net::Deadline::after(std::chrono::minutes(10)); // libFuzzer's own time limit is shorter
}

/// Turns of the loop without a word after which a server waits for us.
constexpr unsigned silent_turns = 6;

Task<bool> hear(net::Stream& client, std::string& heard)
{
    char bytes[16384];
    auto got = client.try_read(bytes, sizeof bytes);
    if (!got || !*got)
        co_return false;
    heard.append(bytes, **got);
    co_return true;
}

Task<void> hear_until_silent(net::Stream& client, std::string& heard)
{
    for (unsigned silent = 0; silent < silent_turns; ++silent) {
        const bool spoke = co_await hear(client, heard);
        if (spoke)
            silent = 0;
        co_await base::yield();
    }
}

Task<void> hear_out(net::Stream& client, std::string& heard)
{
    char bytes[16384];
    for (;;) {
        auto got = co_await client.read_some(bytes, sizeof bytes, patience());
        if (!got)
            co_return;
        heard.append(bytes, *got);
    }
}

} // namespace

net::Loop& loop()
{
    static net::Loop* const made = [] {
        auto* started = new net::Loop("fuzz"); // lives as long as the process
        started->start();
        return started;
    }();
    return *made;
}

net::TlsCertificates& certificates()
{
    static const auto made = [] {
        const auto folder = std::filesystem::temp_directory_path() / ("mansio-fuzz-" + base::random_token(8));
        std::filesystem::create_directories(folder);
        const auto pair = got(net::make_self_signed("here.example"));
        std::ofstream(folder / "certificate.pem") << pair.certificate;
        std::ofstream(folder / "key.pem") << pair.key;
        auto opened = net::TlsCertificates::open(
            {.certificates = {{folder / "certificate.pem", folder / "key.pem"}}, .alpn = {}});
        std::filesystem::remove_all(folder);
        return got(std::move(opened));
    }();
    return *made;
}

House::House()
    : m_engine(beginning().clone_durable())
    , m_directory(*m_engine, m_clock, directory::inline_hasher(), kit::quick_hashes())
    , m_accounts(*m_engine, {&loop()}, m_clock, {.checkpoint_after = 4})
    , m_spool(*m_engine, m_clock)
    , m_recorder(*m_engine, m_log_settings, loop(), m_clock)
    , m_intake({*m_engine, m_directory, m_accounts, m_spool, &m_recorder, m_clock},
               {.hostname = "here.example"})
    , m_connections(net::ConnectionLimits{})
    , m_admin{.engine = *m_engine,
              .directory = m_directory,
              .accounts = m_accounts,
              .spool = m_spool,
              .recorder = m_recorder,
              .clock = m_clock,
              .server_status = {}}
{
}

Task<void> House::change_mailbox()
{
    auto account = co_await m_accounts.open({1});
    if (!account)
        co_return;
    const mailbox::MailboxId inbox = co_await find_mailbox(**account, "INBOX");
    switch (m_changes++ % 5) {
    case 0: co_await append(**account, "INBOX", "Subject: new\r\n\r\n" + std::to_string(m_changes)); break;
    case 1: co_await (*account)->remove_messages(inbox, mailbox::UidSet::of({2})); break;
    case 2: {
        mailbox::FlagChange change{mailbox::FlagMode::replace, {mailbox::deleted, {"odd"}}, {}};
        co_await (*account)->store_flags(inbox, mailbox::UidSet({{1, 9}}), std::move(change));
        break;
    }
    case 3: co_await (*account)->rename("Archive", "Elsewhere/Archive"); break;
    default: co_await (*account)->expunge(inbox, std::nullopt); break;
    }
}

Task<void> House::do_aside(char what, net::Stream& client)
{
    switch (static_cast<unsigned char>(what)) {
    case 0xfe: client.close(); break;
    case 0xfd: co_await change_mailbox(); break;
    case 0xfc: m_engine->fail_commit_at(1); break;
    case 0xfb: m_engine->fail_get_at(1); break;
    default: break;
    }
}

Task<void> House::say(net::Stream& client, std::string_view bytes, std::string& heard)
{
    while (!bytes.empty() && client.is_open()) {
        const std::size_t end = std::min(bytes.find_first_of("\xff\xfe\xfd\xfc\xfb"), bytes.size());
        if (end > 0) {
            auto sent = co_await client.write_all(bytes.substr(0, end), patience());
            if (!sent)
                break; // the server has closed
        }
        if (end < bytes.size()) {
            co_await hear_until_silent(client, heard);
            co_await do_aside(bytes[end], client);
        }
        bytes.remove_prefix(std::min(end + 1, bytes.size()));
    }
}

Task<std::string> House::talk(Serve serve, std::string prologue, std::string input)
{
    auto [server, client] = net::stream_pair(loop(), loop());
    base::Promise<bool> ended;
    base::spawn(loop(), serve(std::move(server)), "session", [ended] { ended.set(true); });
    std::string heard;
    co_await say(client, prologue, heard);
    co_await say(client, input, heard);
    if (client.is_open()) {
        client.shutdown_write();
        co_await hear_out(client, heard);
    }
    client.close();
    co_await ended.wait();
    co_return heard;
}

Task<std::size_t> House::accepted()
{
    auto events = co_await storage::scan_all(*m_engine, storage::Range::prefix("tj"));
    std::size_t count = 0;
    for (const storage::Item& item : got(std::move(events)))
        if (const auto event = trace::layout::decode_event(item);
            event && event->stage == trace::Stage::received)
            ++count;
    co_return count;
}

Task<void> House::check()
{
    m_engine->fail_commit_at(0);
    m_engine->fail_get_at(0);
    require(m_budget.used() == 0, "the memory budget is given back");
    require(m_connections.count() == 0, "no place is kept");
    auto recorded = co_await m_recorder.flush();
    got(std::move(recorded));
    auto flushed = co_await m_accounts.flush();
    got(std::move(flushed));
    auto outcome = co_await admin::run_command(m_admin, "check", {});
    const json::value judged = got(std::move(outcome));
    require(judged.at("clean").as_bool(), "the store is clean: " + json::serialize(judged));
}

Task<House::Heard> House::run(Serve serve, std::string prologue, std::string input)
{
    auto loaded = co_await m_spool.load();
    got(std::move(loaded));
    Heard heard;
    heard.words = co_await talk(std::move(serve), std::move(prologue), std::move(input));
    co_await check();
    heard.accepted = co_await accepted();
    co_return heard;
}

/// One task for all of it: each change of threads costs more than a session where the machine is busy.
House::Heard House::converse(const Serve& serve, std::string_view prologue, std::string_view input)
{
    return wait(run(serve, std::string(prologue), std::string(input)));
}

} // namespace mansio::fuzz
