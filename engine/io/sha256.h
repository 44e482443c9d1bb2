#pragma once
// SHA-256 (FIPS 180-4) in lower-case hexadecimal: how reports name the model and data they used.

#include <string>
#include <string_view>

namespace galatea {

std::string sha256(std::string_view bytes);

/// Of a whole file, read in pieces. Throws InputError if it cannot be read.
std::string sha256OfFile(const std::string& path);

} // namespace galatea
