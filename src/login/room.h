#pragma once
// login: who somebody is, for every protocol alike. Which SASL mechanisms a connection may use, the exchange
// between a mechanism's machine, the client and the directory, and how many sessions an account has open.
//
// A session lends its wire through ClientLine and chooses its own words for the end; nothing here knows a
// protocol. Unknown users, wrong passwords and disabled accounts end the same way and cost the same work.
