#pragma once
#include "admin/command.h"
#include "base/time.h"
#include "config/settings.h"
#include "directory/directory.h"
#include "intake/intake.h"
#include "mailbox/accounts.h"
#include "net/loop.h"
#include "net/workers.h"
#include "queue/spool.h"
#include "storage/engine.h"
#include "trace/recorder.h"

#include <memory>

namespace mansio::app {

/// The store and the rooms that live on it, open and ready: what the server and the command line share.
class House {
public:
    /// Opens the store (creating it only for `mansio init`) and loads the queue. Fault::conflict: another
    /// process has it open.
    enum class Create { no, yes };
    static base::Outcome<std::unique_ptr<House>> open(std::shared_ptr<const config::Settings> settings,
                                                      Create create);
    ~House();

    net::Loops& loops() { return *m_loops; }
    net::Workers& workers() { return *m_workers; }
    const base::Clock& clock() const { return m_clock; }
    storage::Engine& engine() { return *m_engine; }
    directory::Directory& directory() { return *m_directory; }
    mailbox::Accounts& accounts() { return *m_accounts; }
    queue::Spool& spool() { return *m_spool; }
    trace::Recorder& recorder() { return *m_recorder; }
    intake::Intake& intake() { return *m_intake; }
    admin::Context& admin() { return *m_admin; }

    /// Runs a task of these rooms from a plain thread.
    template <class T>
    T run(base::Task<T> task)
    {
        return base::sync_wait(m_loops->at(0), std::move(task));
    }

private:
    House() = default;

    base::SystemClock m_clock;
    std::unique_ptr<net::Loops> m_loops;
    std::unique_ptr<net::Workers> m_workers;
    std::unique_ptr<storage::Engine> m_engine;
    std::unique_ptr<directory::Directory> m_directory;
    std::unique_ptr<mailbox::Accounts> m_accounts;
    std::unique_ptr<trace::Recorder> m_recorder;
    std::unique_ptr<queue::Spool> m_spool;
    std::unique_ptr<intake::Intake> m_intake;
    std::unique_ptr<admin::Context> m_admin;
};

} // namespace mansio::app
