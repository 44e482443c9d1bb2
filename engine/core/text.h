#pragma once
// Text from foreign files is data: it is shown escaped and never interpreted.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace galatea {

/// UTF-8 text with control characters, bidirectional controls, line separators and malformed bytes
/// replaced by visible escapes (\n, \x1b, \u202e), so that it fits one line and cannot fool a reader.
std::string escaped(std::string_view text);

/// The same for malformed bytes and those characters that are `bad`.
std::string escapedWhere(std::string_view text, bool (*bad)(uint32_t codePoint));

/// Length of the well-formed UTF-8 sequence at the start of `text`, with its code point; 0 if there is none.
size_t decodeUtf8(std::string_view text, uint32_t& codePoint);
void appendUtf8(std::string& text, uint32_t codePoint);
bool isUtf8(std::string_view text);
std::string latin1ToUtf8(std::string_view text);

/// ASCII lower case; other bytes unchanged.
std::string lowerCase(std::string_view text);

std::string trimmed(std::string_view text);
std::vector<std::string> split(std::string_view text, char separator);
std::string joined(const std::vector<std::string>& parts, std::string_view separator);

/// "1 234 567" style counts and "1.2 GB" style sizes, for messages.
std::string humanBytes(double bytes);

/// "4G", "512M", "1.5 GB", "4GiB", "1000000": a size in bytes; K, M, G and T count by 1024. False if it is no
/// positive size.
bool parseBytes(std::string_view text, int64_t& bytes);

/// Whole-string number parsing that ignores the locale; false if anything but the number is there.
bool parseNumber(std::string_view text, double& value);
bool parseInteger(std::string_view text, long long& value);

} // namespace galatea
