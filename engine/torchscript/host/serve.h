#pragma once
// The model host's work: load one model, probe it, call it, as the questions on its socket ask.

#include "sandbox/child.h"

namespace galatea {

/// Answers questions until the other side hangs up.
void serveModel(const ChildStart& start);

} // namespace galatea
