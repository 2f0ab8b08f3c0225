#include "relay/house.h"

#include "queue/route.h"

namespace mansio::relay {

Task<Outcome<bool>> IntakeHouse::is_local(std::string address)
{
    const std::string domain = queue::domain_of(address);
    if (domain.empty()) // <postmaster>
        co_return true;
    auto local = co_await m_directory.is_local_domain(domain);
    co_return local;
}

Task<Outcome<void>> IntakeHouse::take_in(Inbound message)
{
    auto destination = co_await m_directory.locate(message.recipient);
    if (!destination)
        co_return std::unexpected(std::move(destination.error()));
    const bool report = message.kind == Inbound::Kind::report;
    intake::Staged staged;
    staged.arrival.origin = report ? intake::Origin::report : intake::Origin::internal;
    staged.reverse_path = std::move(message.reverse_path);
    staged.smtputf8 = message.smtputf8;
    staged.eight_bit = message.eight_bit;
    staged.content = std::move(message.content);
    staged.with = std::move(message.with);
    intake::Recipient recipient;
    recipient.address = std::move(message.recipient);
    recipient.remote = !*destination;
    if (*destination)
        recipient.destination = std::move(**destination);
    staged.recipients.push_back(std::move(recipient));
    auto receipt = co_await m_intake.accept(std::move(staged));
    if (receipt)
        co_return Outcome<void>{};
    base::Failure failure = std::move(receipt.error().failure);
    if (receipt.error().refusal != intake::Refusal::none)
        failure.fault = base::Fault::refused;
    co_return std::unexpected(std::move(failure));
}

} // namespace mansio::relay
