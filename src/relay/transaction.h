#pragma once
#include "queue/spool.h"
#include "relay/body.h"
#include "relay/connection.h"

#include <vector>

namespace mansio::relay {

/// What became of one recipient in one transaction.
struct Settled {
    std::uint32_t recipient = 0; ///< Recipient::index
    queue::Result result;
    /// The host did not get as far as judging the mail (it went away, or said 421): another host may be tried
    /// at once.
    bool elsewhere = false;
};

/// One message to some of its recipients over one connection: MAIL, RCPT, DATA. Every recipient is settled at
/// the end, whatever happens on the way. rfc5321#3.3, pipelined where the remote allows it (rfc2920).
class Transaction {
public:
    /// The connection, the engine and the message outlive the transaction.
    Transaction(Connection& connection, storage::Engine& engine, const queue::QueuedMessage& message);

    Task<std::vector<Settled>> run();
    /// The command lines, for tests; nothing when the address can't be said to this remote.
    std::string mail_line() const;
    std::string rcpt_line(const queue::Recipient& recipient) const;

private:
    enum class Way { pipelined, stepwise };

    void settle(std::size_t i, queue::Result result);
    void settle_open(const queue::Result& result);
    void send_elsewhere(const Trouble& trouble);
    bool all_settled() const;
    bool any_accepted() const;

    Task<void> check_needs();
    void check_size();
    void check_addresses();
    Task<void> check_content();
    void refuse_all(std::string status, std::string text);
    void refuse(std::size_t i, std::string status, std::string text);

    Task<bool> envelope(Way way);
    Task<bool> read_mail_reply();
    Task<bool> read_rcpt_reply(std::size_t i);
    void settle_by(const wire::smtp::ReceivedReply& reply);
    Task<void> data(Way way);
    Task<void> body();
    Task<void> after_broken_write(base::Failure failure);
    Task<bool> reset();
    std::optional<std::string> spoken(const std::string& address) const;

    Connection& m_connection;
    storage::Engine& m_engine;
    const queue::QueuedMessage& m_message;
    std::vector<Settled> m_settled; ///< in the order of the message's recipients
    std::vector<bool> m_is_settled;
    std::vector<bool> m_accepted;
    bool m_mail_taken = false;
    bool m_utf8 = false; ///< SMTPUTF8 is needed and offered
};

} // namespace mansio::relay
