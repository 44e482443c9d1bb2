#pragma once
// The worker's loop: takes questions (decode_protocol.h), decodes, answers.

namespace galatea::decode {

/// Returns when the other side hangs up.
void serve(int socket);

/// Lets the libraries open and allocate what they need once, before the walls go up.
void warmUp();

} // namespace galatea::decode
