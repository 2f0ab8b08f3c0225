#include "crash_child.h"

#include <gtest/gtest.h>
#include <string_view>

/// The tests; or, for the crash test, the process that is going to be killed.
int main(int count, char** arguments)
{
    if (count == 3 && std::string_view(arguments[1]) == "--crash-child")
        return mansio::storage::run_crash_child(arguments[2]);
    testing::InitGoogleTest(&count, arguments);
    return RUN_ALL_TESTS();
}
