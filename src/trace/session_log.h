#pragma once
#include "base/log.h"
#include "base/time.h"
#include "trace/protocol.h"

#include <memory>
#include <string>
#include <string_view>

namespace mansio::trace {

class Recorder;

/// The log of one connection: one object per session, made when the connection is accepted (or dialled, for
/// the relay) and used on that session's loop only. Every line carries id().
///
/// Lines go to base::log under the protocol's topic: opening, TLS, login, notes and closing at info, errors
/// at warning, each command and reply at debug. Where the protocol's transcript is switched on they are also
/// kept for `mansio trace session ID`: at most LogSettings::transcript_size bytes, then one line "truncated".
///
/// The caller keeps secrets out: it calls received_masked() for PASS, LOGIN, AUTHENTICATE and every line of
/// an AUTH exchange, sent_masked() for challenges, and never hands over literals or message bodies. Values
/// are escaped here, so raw bytes are fine. Costs a few loads when nobody listens; about 200 bytes when idle.
class SessionLog {
public:
    /// `recorder` may be null (no transcript) and must outlive this object. `peer` and `local` as
    /// "192.0.2.1:25", "[2001:db8::1]:25" or "unix".
    SessionLog(Recorder* recorder, Protocol protocol, std::string peer, std::string local);
    /// Writes closed("dropped", 0, 0) if the session did not.
    ~SessionLog();
    SessionLog(const SessionLog&) = delete;
    SessionLog& operator=(const SessionLog&) = delete;

    /// 12 characters of [0-9a-z], unique, in order of time.
    const std::string& id() const { return m_id; }
    Protocol protocol() const { return m_protocol; }
    const std::string& peer() const { return m_peer; }
    const std::string& local() const { return m_local; }
    /// True when received() and sent() lead anywhere: ask before building a line only for the log.
    bool detailed() const;

    void user(std::string name);                 ///< after a successful login
    void tls(std::string_view facts);            ///< "TLSv1.3 TLS_AES_256_GCM_SHA384"
    void received(std::string_view line);        ///< without its line end
    void sent(std::string_view line);            ///< without its line end
    void received_masked(std::string_view verb); ///< shown as "VERB ***"
    void sent_masked(std::string_view verb);
    /// A line that is no command may be a secret gone astray (a client that sends its password although AUTH
    /// was refused): only its size is told.
    void received_unknown(std::size_t bytes);
    /// Something worth knowing: a fixed phrase, and what varies.
    void note(std::string_view what, std::string_view detail = {}, base::Level level = base::Level::info);
    void error(std::string_view cause);
    /// The end, once: a fixed reason ("quit", "idle too long", "peer closed", ...) and the bytes on the wire.
    void closed(std::string_view reason, std::uint64_t bytes_in, std::uint64_t bytes_out);

private:
    void line(char mark, base::Level level, std::string_view what, std::string_view key,
              std::string_view value);
    void keep(char mark, std::string_view what, std::string_view value);
    void flush_chunk();

    Recorder* m_recorder;
    Protocol m_protocol;
    bool m_transcript;
    bool m_closed = false;
    bool m_truncated = false;
    std::uint32_t m_chunks = 0;
    std::uint64_t m_kept = 0;
    base::Millis m_start;
    std::string m_id;
    std::string m_peer;
    std::string m_local;
    std::string m_user;
    std::string m_pending; ///< lines not yet handed to the recorder
};

} // namespace mansio::trace
