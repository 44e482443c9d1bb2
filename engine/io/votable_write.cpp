#include <algorithm>
#include <cmath>

#include "core/text.h"
#include "io/atomic_file.h"
#include "io/votable.h"

namespace galatea {

namespace {

/// True for what XML 1.0 does not allow even as a reference.
bool isForbidden(uint32_t c) {
    return (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0xFFFE || c == 0xFFFF;
}

bool isAscii(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

class VoTableText {
  public:
    int64_t changed = 0; ///< texts with characters that XML cannot hold

    std::string content(const std::string& given) { return marked(given, false); }
    std::string attribute(const char* name, const std::string& value) {
        return value.empty() ? "" : std::string(" ") + name + "=\"" + marked(value, true) + "\"";
    }

  private:
    std::string marked(const std::string& given, bool inAttribute) {
        const std::string text = escapedWhere(given, isForbidden);
        changed += text != given;
        std::string out;
        out.reserve(text.size());
        for (const char c : text) {
            if (c == '&')
                out += "&amp;";
            else if (c == '<')
                out += "&lt;";
            else if (c == '>')
                out += "&gt;";
            else if (c == '\r' || (inAttribute && (c == '\n' || c == '\t')))
                out +=
                    "&#" + std::to_string(static_cast<int>(c)) + ";"; // parsers make others of the bare ones
            else if (c == '"' && inAttribute)
                out += "&quot;";
            else
                out += c;
        }
        return out;
    }
};

std::string datatypeOf(const Column& column) {
    if (std::holds_alternative<std::vector<double>>(column.values))
        return "datatype=\"double\"";
    if (std::holds_alternative<std::vector<int64_t>>(column.values))
        return "datatype=\"long\"";
    const auto& texts = std::get<std::vector<std::string>>(column.values);
    return std::all_of(texts.begin(), texts.end(), isAscii) ? R"(datatype="char" arraysize="*")"
                                                            : R"(datatype="unicodeChar" arraysize="*")";
}

std::string cellOf(const Column& column, int64_t row, VoTableText& text) {
    if (column.isText())
        return text.content(column.text(row));
    if (const auto* numbers = std::get_if<std::vector<double>>(&column.values)) {
        const double value = (*numbers)[static_cast<size_t>(row)];
        if (std::isnan(value))
            return "NaN";
        if (std::isinf(value))
            return value > 0 ? "+Inf" : "-Inf";
    }
    return column.text(row);
}

std::string headOf(const Table& table, const TableProvenance& provenance, VoTableText& text) {
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                      "<VOTABLE version=\"1.4\" xmlns=\"http://www.ivoa.net/xml/VOTable/v1.3\">\n"
                      "<RESOURCE type=\"results\">\n";
    for (const auto& [name, value] : provenance.facts)
        out += "<INFO" + text.attribute("name", name.empty() ? "note" : name) +
               (value.empty() ? " value=\"\"" : text.attribute("value", value)) + "/>\n";
    out += "<TABLE" + text.attribute("name", provenance.title) + " nrows=\"" +
           std::to_string(table.rowCount()) + "\">\n";
    for (const Column& column : table.columns()) { // without an ID astropy calls columns by their names
        out += "<FIELD" + text.attribute("name", column.name) + " " + datatypeOf(column) +
               text.attribute("unit", column.unit) + text.attribute("ucd", column.ucd);
        out += column.description.empty()
                   ? "/>\n"
                   : ">\n<DESCRIPTION>" + text.content(column.description) + "</DESCRIPTION>\n</FIELD>\n";
    }
    return out;
}

} // namespace

void writeVoTable(const std::string& path, const Table& table, const TableProvenance& provenance,
                  std::vector<std::string>& notes) {
    AtomicFile file(path);
    VoTableText text;
    std::string out = headOf(table, provenance, text) + "<DATA>\n<TABLEDATA>\n";
    for (int64_t row = 0; row < table.rowCount(); ++row) {
        out += "<TR>";
        for (const Column& column : table.columns())
            out += "<TD>" + cellOf(column, row, text) + "</TD>";
        out += "</TR>\n";
        if (out.size() > (1 << 20)) {
            file.write(out);
            out.clear();
        }
    }
    out += "</TABLEDATA>\n</DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n";
    file.write(out);
    file.commit();
    if (text.changed > 0)
        notes.push_back(std::to_string(text.changed) +
                        " texts hold characters that XML cannot; they were written escaped");
}

} // namespace galatea
