#pragma once
// directory: who is local. Domains, accounts, aliases, credentials, quotas; where an address leads.
//
// Everything lives in the store and is read from it at each question (the engine caches), so there is nothing
// to invalidate. Changes are single durable commits with expectations, so two admins can't half-overwrite
// each other. Passwords are kept as argon2id; the SCRAM keys beside it; a recoverable secret only if asked
// for (APOP, CRAM-MD5). Hashing runs on the Hasher given (a worker pool), never on a loop.
