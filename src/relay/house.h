#pragma once
#include "intake/intake.h"
#include "relay/trouble.h"

#include <string>
#include <vector>

namespace mansio::relay {

/// A message that goes back into the house instead of out.
struct Inbound {
    enum class Kind {
        report, ///< a DSN of ours: null reverse path
        mail,   ///< queued for a domain that is local now
    };
    Kind kind = Kind::report;
    std::string reverse_path{};
    std::string recipient{};
    std::string content{};
    bool smtputf8 = false;
    bool eight_bit = false;
    storage::Batch with{}; ///< becomes durable with the message, or not at all
};

/// What the relay asks of the rest of the house. The fake of the tests is another.
class House {
public:
    virtual ~House() = default;
    /// Whether mail for this address is kept here rather than sent on. Faults are temporary.
    virtual Task<Outcome<bool>> is_local(std::string address) = 0;
    /// Durable when it returns. Fault::not_found and Fault::refused: nobody will ever take it; else try
    /// again.
    virtual Task<Outcome<void>> take_in(Inbound message) = 0;
};

/// The real one: asks the directory and goes through intake.
class IntakeHouse final : public House {
public:
    IntakeHouse(intake::Intake& intake, directory::Directory& directory)
        : m_intake(intake)
        , m_directory(directory)
    {
    }
    Task<Outcome<bool>> is_local(std::string address) override;
    Task<Outcome<void>> take_in(Inbound message) override;

private:
    intake::Intake& m_intake;
    directory::Directory& m_directory;
};

} // namespace mansio::relay
