#include "base/task.h"

#include <cstdio>

namespace mansio::base {
namespace {

void to_stderr(std::string_view what, std::string_view message)
{
    std::fprintf(stderr, "stray exception in %.*s: %.*s\n", static_cast<int>(what.size()), what.data(),
                 static_cast<int>(message.size()), message.data());
}

std::atomic<StrayExceptionHandler> g_handler = to_stderr;

} // namespace

void on_stray_exception(StrayExceptionHandler handler)
{
    g_handler = handler;
}

void report_stray_exception(std::string_view what, std::exception_ptr thrown)
{
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        g_handler.load()(what, e.what());
    } catch (...) {
        g_handler.load()(what, "not a std::exception");
    }
}

namespace detail {

Detached run_detached_then(Executor& executor, Task<void> task, std::string_view what,
                           std::move_only_function<void()> done)
{
    co_await resume_on(executor);
    {
        Task<void> running = std::move(task); // its frame ends before `done` hears of it
        try {
            co_await running;
        } catch (...) {
            report_stray_exception(what, std::current_exception());
        }
    }
    if (done)
        done();
}

} // namespace detail

void spawn(Executor& executor, Task<void> task, std::string_view what)
{
    detail::run_detached_then(executor, std::move(task), what, {});
}

void spawn(Executor& executor, Task<void> task, std::string_view what, std::move_only_function<void()> done)
{
    detail::run_detached_then(executor, std::move(task), what, std::move(done));
}

} // namespace mansio::base
