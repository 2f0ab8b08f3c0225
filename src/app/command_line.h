#pragma once

namespace mansio::app {

/// The whole program: parses the arguments, does what they say. 0 done, 1 refused (with the reason on
/// stderr), 2 wrong usage.
int run_command_line(int argc, char** argv);

} // namespace mansio::app
