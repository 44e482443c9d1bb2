#pragma once
// Inside engine/io only: header cards as text (FITS Standard 4.0, section 4).

#include <set>
#include <string>

#include "io/fits_writer.h"

namespace galatea {

/// Collects 80-byte cards. Keys are written once: a second one of the same name is left out.
class FitsCardText {
  public:
    void add(const FitsCard& card);
    void logical(const std::string& key, bool value, const std::string& comment);
    void addRaw(const std::string& cards);
    /// With END, filled up to whole blocks.
    std::string block() const;

  private:
    bool isNew(const std::string& key);
    void line(std::string text);
    void fixed(const std::string& key, const std::string& value, const std::string& comment);
    void text(const std::string& key, const std::string& value, const std::string& comment);
    void commentary(const std::string& key, const std::string& value);

    std::string cards_;
    std::set<std::string> keys_;
};

/// Printable ASCII, everything else as visible escapes.
std::string fitsText(const std::string& text);
bool isFitsKey(const std::string& key);

constexpr size_t fitsBlock = 2880;

} // namespace galatea
