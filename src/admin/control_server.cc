#include "admin/control_server.h"

#include "net/channel.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace mansio::admin {
namespace {

namespace json = boost::json;
using base::Deadline;
using base::Fault;

constexpr std::size_t max_request = 1 << 20; ///< an import of thousands of targets still fits
constexpr std::chrono::minutes patience{5};  ///< between two requests, and for a slow reader

Task<Outcome<json::value>> answer_line(Context& context, std::string line)
{
    boost::system::error_code error;
    const json::value request = json::parse(line, error);
    if (error || !request.is_object())
        co_return base::fail(Fault::invalid, "not a JSON object");
    auto name = text_argument(request.get_object(), "command");
    if (!name)
        co_return std::unexpected(name.error());
    json::object arguments;
    if (const json::value* given = request.get_object().if_contains("arguments"); given && given->is_object())
        arguments = given->get_object();
    co_return co_await run_command(context, std::move(*name), std::move(arguments));
}

} // namespace

json::object to_answer(const Outcome<json::value>& result)
{
    if (result)
        return {{"result", *result}};
    return {{"error",
             json::object{{"fault", base::name(result.error().fault)}, {"cause", result.error().cause}}}};
}

Task<void> serve_control(Context& context, net::Stream stream)
{
    net::Channel channel(std::move(stream));
    for (;;) {
        auto line = co_await channel.read_line({max_request}, Deadline::after(patience));
        if (!line)
            co_return;
        auto result = co_await answer_line(context, std::move(line->text));
        channel.write(json::serialize(to_answer(result)));
        channel.write("\n");
        auto sent = co_await channel.flush(Deadline::after(patience));
        if (!sent)
            co_return;
    }
}

} // namespace mansio::admin
