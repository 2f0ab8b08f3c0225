#pragma once
// admin: what an operator may ask and tell the server. It calls the rooms' public functions and owns no data.
//
// Every action is a row of one command table (commands.cc): name, handler; JSON in, JSON out. The unix socket
// in the data directory speaks one JSON object per line and is readable by the server's own user alone; the
// command line uses it when the server runs, and runs the same handlers on the opened store when it doesn't.
