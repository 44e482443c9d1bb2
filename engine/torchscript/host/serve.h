#pragma once
// The model host's work: load one model, probe it, call it, as the questions on its socket ask.

namespace galatea {

constexpr int areaDescriptor = 5; ///< always open while the model's code runs, so that nothing else can be

/// Answers questions until the other side hangs up.
void serveModel();

} // namespace galatea
