#include "app/reach.h"

#include "admin/control_client.h"
#include "app/house.h"

namespace mansio::app {
namespace {

class Running final : public Reach {
public:
    explicit Running(admin::ControlClient client)
        : m_client(std::move(client))
    {
    }
    base::Outcome<boost::json::value> call(std::string command, boost::json::object arguments) override
    {
        return m_client.call(command, arguments);
    }

private:
    admin::ControlClient m_client;
};

class Offline final : public Reach {
public:
    explicit Offline(std::unique_ptr<House> house)
        : m_house(std::move(house))
    {
    }
    base::Outcome<boost::json::value> call(std::string command, boost::json::object arguments) override
    {
        return m_house->run(admin::run_command(m_house->admin(), std::move(command), std::move(arguments)));
    }

private:
    std::unique_ptr<House> m_house;
};

} // namespace

base::Outcome<std::unique_ptr<Reach>> reach(std::shared_ptr<const config::Settings> settings)
{
    auto client = admin::ControlClient::connect(settings->admin_socket());
    if (client)
        return std::make_unique<Running>(std::move(*client));
    if (client.error().fault != base::Fault::not_found)
        return std::unexpected(client.error());
    auto house = House::open(settings, House::Create::no);
    if (!house)
        return std::unexpected(house.error());
    auto loaded = (*house)->run((*house)->spool().load());
    if (!loaded)
        return std::unexpected(loaded.error());
    return std::make_unique<Offline>(std::move(*house));
}

} // namespace mansio::app
