#include "io/strict_json.h"

#include <cmath>
#include <set>
#include <vector>

#include "core/error.h"

namespace galatea {

using nlohmann::json;

namespace {

/// Walks the text once without building anything and keeps the first fault.
class StrictScan {
  public:
    explicit StrictScan(int maxDepth) : maxDepth_(maxDepth) {}

    bool null() { return true; }
    bool boolean(bool) { return true; }
    bool number_integer(int64_t) { return true; }
    bool number_unsigned(uint64_t) { return true; }
    bool number_float(double value, const std::string&) {
        return std::isfinite(value) || fail("holds a number that is not finite");
    }
    bool string(const std::string&) { return true; }
    bool binary(const json::binary_t&) { return true; }
    bool start_object(size_t) { return open(); }
    bool key(const std::string& name) {
        return keys_.back().insert(name).second || fail("holds the key '" + name + "' twice");
    }
    bool end_object() { return close(); }
    bool start_array(size_t) { return open(); }
    bool end_array() { return close(); }
    bool parse_error(size_t position, const std::string&, const json::exception&) {
        return fail("is not valid JSON at byte " + std::to_string(position));
    }

    const std::string& fault() const { return fault_; }

  private:
    bool open() {
        if (static_cast<int>(keys_.size()) >= maxDepth_)
            return fail("is nested too deeply");
        keys_.emplace_back();
        return true;
    }
    bool close() {
        keys_.pop_back();
        return true;
    }
    bool fail(const std::string& fault) {
        if (fault_.empty())
            fault_ = fault;
        return false;
    }

    int maxDepth_;
    std::vector<std::set<std::string>> keys_; // one set per open object or array
    std::string fault_;
};

} // namespace

json parseStrictJson(std::string_view text, int maxDepth, const std::string& file, const std::string& what) {
    // The parser takes a NUL for the end and would not see what follows.
    if (text.find('\0') != std::string_view::npos)
        throw InputError(file, what + " holds NUL bytes", "get the file again from where it was made");
    StrictScan scan(maxDepth);
    if (!json::sax_parse(text.begin(), text.end(), &scan))
        throw InputError(file, what + " " + scan.fault(), "get the file again from where it was made");
    return json::parse(text.begin(), text.end());
}

} // namespace galatea
