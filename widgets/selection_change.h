#pragma once

namespace galatea {

/// What becomes of a selection when more is pointed at: it gives way to that, grows by it, or loses it.
enum class SelectionChange { Replace, Add, Subtract };

} // namespace galatea
