// The VOTable reader: expat tells of elements one after the other; only the wanted table's cells are kept.

#include <algorithm>
#include <exception>
#include <expat.h>
#include <memory>
#include <set>
#include <stdexcept>

#include "core/error.h"
#include "core/text.h"
#include "io/regular_file.h"
#include "io/votable.h"
#include "io/votable_column.h"

namespace galatea {

namespace {

using votable::ByteCursor;
using votable::ColumnBuilder;
using votable::Field;

constexpr size_t longestAttribute = 4096;
constexpr int64_t mostNamed = 10; // tables listed in a message

enum class Encoding { None, TableData, Binary, Binary2 };

/// Base64 as it comes in, in pieces, blanks between.
class Base64 {
  public:
    void feed(std::string_view text) {
        for (const char c : text) {
            const int digit = valueOf(c);
            if (digit == blank)
                continue;
            if (digit == padding) {
                ended_ = true;
                continue;
            }
            if (digit < 0 || ended_)
                throw std::invalid_argument("its binary data are no base64");
            held_ = held_ << 6 | static_cast<uint32_t>(digit);
            bits_ += 6;
            if (bits_ >= 8) {
                bits_ -= 8;
                bytes_ += static_cast<char>(held_ >> bits_ & 0xFF);
            }
        }
    }
    const std::string& bytes() const { return bytes_; }

  private:
    static constexpr int blank = -1, padding = -2, wrong = -3;
    static int valueOf(char c) {
        if (c >= 'A' && c <= 'Z')
            return c - 'A';
        if (c >= 'a' && c <= 'z')
            return c - 'a' + 26;
        if (c >= '0' && c <= '9')
            return c - '0' + 52;
        if (c == '+')
            return 62;
        if (c == '/')
            return 63;
        if (c == '=')
            return padding;
        return c == ' ' || c == '\n' || c == '\r' || c == '\t' ? blank : wrong;
    }
    std::string bytes_;
    uint32_t held_ = 0;
    int bits_ = 0;
    bool ended_ = false;
};

/// One TABLE as it is being read.
struct OpenTable {
    std::string name, id;
    std::vector<ColumnBuilder> columns;
    std::vector<std::string> notes;
    bool kept = true; ///< its cells are wanted
    bool started = false;
    int64_t rows = 0, raggedRows = 0, droppedColumns = 0;
    int64_t rowCells = 1; ///< what a row counts towards the limit
    size_t cell = 0;      ///< of the TR at hand
    Encoding encoding = Encoding::None;
};

class VoTableParser {
  public:
    VoTableParser(const std::string& path, std::string wanted, const VoTableLimits& limits)
        : path_(path), wanted_(std::move(wanted)), limits_(limits),
          parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
        if (!parser_)
            throw std::bad_alloc();
        XML_SetUserData(parser_.get(), this);
        XML_SetElementHandler(
            parser_.get(),
            [](void* self, const char* name, const char** attributes) {
                guarded(self, [&](VoTableParser& parser) { parser.open(name, attributes); });
            },
            [](void* self, const char*) { guarded(self, [](VoTableParser& parser) { parser.close(); }); });
        XML_SetCharacterDataHandler(parser_.get(), [](void* self, const char* text, int length) {
            guarded(self, [&](VoTableParser& parser) {
                parser.take(std::string_view(text, static_cast<size_t>(length)));
            });
        });
        XML_SetEntityDeclHandler(parser_.get(), [](void* self, const char*, int, const char*, int,
                                                   const char*, const char*, const char*, const char*) {
            guarded(self, [](VoTableParser& parser) {
                parser.fail("it declares entities of its own, which are not followed",
                            "save it without a document type");
            });
        });
    }

    Table parse(std::string_view bytes, std::vector<std::string>& notes) {
        if (static_cast<int64_t>(bytes.size()) > limits_.bytes)
            fail("it is longer than " + humanBytes(static_cast<double>(limits_.bytes)), "split it");
        const XML_Status status =
            XML_Parse(parser_.get(), bytes.data(), static_cast<int>(bytes.size()), XML_TRUE);
        if (fault_)
            std::rethrow_exception(fault_);
        if (status != XML_STATUS_OK)
            fail("it is damaged at line " + std::to_string(XML_GetCurrentLineNumber(parser_.get())) + " (" +
                     XML_ErrorString(XML_GetErrorCode(parser_.get())) + ")",
                 "get it again");
        return finish(notes);
    }

  private:
    /// Errors may not pass through the library, which is C: they wait until it has returned.
    template <class Work>
    static void guarded(void* self, Work work) {
        auto& parser = *static_cast<VoTableParser*>(self);
        if (parser.fault_)
            return;
        try {
            work(parser);
        } catch (...) {
            parser.fault_ = std::current_exception();
            XML_StopParser(parser.parser_.get(), XML_FALSE);
        }
    }

    [[noreturn]] void fail(const std::string& fault, const std::string& cure) const {
        throw InputError(path_, fault, cure);
    }

    static std::string attribute(const char** attributes, std::string_view name) {
        for (; *attributes != nullptr; attributes += 2)
            if (name == attributes[0])
                return std::string(attributes[1]).substr(0, longestAttribute);
        return {};
    }
    static bool hasAttribute(const char** attributes, std::string_view name) {
        for (; *attributes != nullptr; attributes += 2)
            if (name == attributes[0])
                return true;
        return false;
    }

    std::string_view parent() const {
        return elements_.size() < 2 ? std::string_view() : elements_[elements_.size() - 2];
    }

    void open(std::string_view element, const char** attributes) {
        const size_t colon = element.rfind(':'); // a namespace's prefix
        elements_.emplace_back(element.substr(colon == std::string_view::npos ? 0 : colon + 1));
        const std::string& name = elements_.back();
        if (static_cast<int64_t>(elements_.size()) > limits_.depth)
            fail("its elements are nested deeper than " + std::to_string(limits_.depth), "get it elsewhere");
        if (elements_.size() == 1 && name != "VOTABLE")
            fail("this is XML but no VOTable", "name a VOTable, a FITS table or a CSV file");
        text_.clear();
        if (name == "TABLE")
            openTable(attributes);
        else if (name == "INFO")
            openInfo(attributes);
        else if (table_)
            openInTable(name, attributes);
    }

    void openInTable(const std::string& name, const char** attributes) {
        if (name == "FIELD")
            openField(attributes);
        else if (name == "VALUES" && parent() == "FIELD" && hasAttribute(attributes, "null"))
            field_.null = attribute(attributes, "null");
        else if (name == "TABLEDATA")
            startData(Encoding::TableData);
        else if (name == "BINARY")
            startData(Encoding::Binary);
        else if (name == "BINARY2")
            startData(Encoding::Binary2);
        else if (name == "FITS" && parent() == "DATA" && table_->kept)
            fail("its data are a FITS file within the XML, which is not read",
                 "save the FITS table by itself");
        else if (name == "STREAM" && table_->kept && (parent() == "BINARY" || parent() == "BINARY2"))
            openStream(attributes);
        else if (name == "TR" && parent() == "TABLEDATA")
            openRow();
        else if (name == "TD")
            collecting_ = table_->kept && table_->encoding == Encoding::TableData && parent() == "TR" &&
                          table_->cell < table_->columns.size();
        else if (name == "DESCRIPTION")
            collecting_ = parent() == "FIELD";
    }

    void openInfo(const char** attributes) {
        if (attribute(attributes, "name") != "QUERY_STATUS")
            return;
        const std::string value = attribute(attributes, "value");
        serviceFailed_ = serviceFailed_ || value == "ERROR";
        collecting_ = value == "ERROR";
        if (value == "OVERFLOW")
            notes_.emplace_back("the service that made it says that rows are missing (overflow)");
    }

    void openTable(const char** attributes) {
        if (table_)
            fail("it has a table within a table", "get it again");
        table_ = std::make_unique<OpenTable>();
        table_->name = attribute(attributes, "name");
        table_->id = attribute(attributes, "ID");
        const std::string& label = table_->name.empty() ? table_->id : table_->name;
        if (static_cast<int64_t>(names_.size()) < mostNamed)
            names_.push_back(label.empty() ? "(no name)" : "'" + escaped(label) + "'");
        ++tables_;
        table_->kept = wanted_.empty() ? !chosen_ || chosen_->rows == 0
                                       : !chosen_ && (wanted_ == table_->name || wanted_ == table_->id);
    }

    void openField(const char** attributes) {
        if (table_->started)
            fail("a column is declared behind the data", "get it again");
        field_ = {attribute(attributes, "name"),
                  attribute(attributes, "ID"),
                  attribute(attributes, "datatype"),
                  attribute(attributes, "arraysize"),
                  attribute(attributes, "unit"),
                  attribute(attributes, "ucd"),
                  "",
                  std::nullopt};
    }

    void closeField() {
        const std::string label = escaped(field_.name.empty() ? field_.id : field_.name);
        if (table_->started)
            fail("the column '" + label + "' encloses the data", "get it again");
        if (static_cast<int64_t>(table_->columns.size()) >= 8 * limits_.columns)
            fail("it declares more than " + std::to_string(8 * limits_.columns) + " columns", "split it");
        try {
            table_->columns.emplace_back(std::move(field_), limits_);
        } catch (const std::invalid_argument& fault) {
            fail("column '" + label + "' cannot be read: " + fault.what(), "mend its FIELD");
        }
    }

    void startData(Encoding encoding) {
        if (table_->started)
            fail("one of its tables has its data twice", "get it again");
        table_->started = true;
        table_->encoding = encoding;
        for (const ColumnBuilder& column : table_->columns)
            table_->rowCells += column.cellWeight();
        base64_ = {};
        streamed_ = false;
    }

    void openStream(const char** attributes) {
        if (hasAttribute(attributes, "href"))
            fail("its data are kept at another address, which is not followed",
                 "save it with the data inside");
        const std::string encoding = attribute(attributes, "encoding");
        if (encoding != "base64")
            fail("its data are encoded as '" + encoding + "', not base64", "save it as TABLEDATA");
        streamed_ = true;
    }

    /// Counts a row's cells before they are stored.
    void countRow() {
        ++table_->rows;
        cells_ += table_->rowCells;
        if (cells_ > limits_.cells)
            fail("it has more than " + std::to_string(limits_.cells) + " cells", "split it");
    }

    void openRow() {
        table_->cell = 0;
        if (table_->kept)
            countRow();
        else
            ++table_->rows;
    }

    void take(std::string_view text) {
        if (collecting_) {
            if (static_cast<int64_t>(text_.size()) <=
                limits_.cellBytes) // one more than is kept: it is cut later
                text_.append(text);
        } else if (streamed_ && !elements_.empty() && elements_.back() == "STREAM") {
            try {
                base64_.feed(text);
            } catch (const std::invalid_argument& fault) {
                fail(fault.what(), "get it again");
            }
        }
    }

    void close() {
        const std::string name = std::move(elements_.back());
        elements_.pop_back();
        const std::string_view within = elements_.empty() ? std::string_view() : elements_.back();
        if (name == "TABLE")
            closeTable();
        else if (name == "INFO" && collecting_)
            serviceMessage_ = trimmed(text_).substr(0, 300);
        else if (table_ && name == "FIELD")
            closeField();
        else if (table_ && name == "DESCRIPTION" && within == "FIELD")
            field_.description = oneLine(text_);
        else if (table_ && name == "TD" && within == "TR" && table_->encoding == Encoding::TableData)
            closeCell();
        else if (table_ && name == "TR" && within == "TABLEDATA" && table_->kept)
            closeRow();
        else if (table_ && name == "STREAM" && streamed_)
            readBinary();
        collecting_ = false;
    }

    static std::string oneLine(const std::string& text) {
        std::string line;
        for (const char c : trimmed(text)) {
            const bool isBlank = c == ' ' || c == '\n' || c == '\r' || c == '\t';
            if (!isBlank)
                line += c;
            else if (!line.ends_with(' '))
                line += ' ';
        }
        return line.substr(0, longestAttribute);
    }

    void closeCell() {
        if (table_->kept && table_->cell < table_->columns.size())
            table_->columns[table_->cell].addText(text_);
        ++table_->cell;
    }

    void closeRow() {
        if (table_->cell != table_->columns.size())
            ++table_->raggedRows;
        for (; table_->cell < table_->columns.size(); ++table_->cell)
            table_->columns[table_->cell].addMissing();
    }

    void readBinary() {
        streamed_ = false;
        ByteCursor bytes(base64_.bytes());
        try {
            while (bytes.left() > 0) {
                const size_t before = bytes.left();
                countRow();
                readBinaryRow(bytes);
                if (bytes.left() == before)
                    fail("its binary rows have no length", "get it again");
            }
        } catch (const std::out_of_range& fault) {
            fail(std::string("its binary data are damaged: ") + fault.what(), "get it again");
        }
        base64_ = {};
    }

    void readBinaryRow(ByteCursor& bytes) {
        std::vector<ColumnBuilder>& columns = table_->columns;
        std::string_view nulls;
        if (table_->encoding == Encoding::Binary2)
            nulls = bytes.take((columns.size() + 7) / 8);
        for (size_t c = 0; c < columns.size(); ++c) {
            const bool isNull =
                !nulls.empty() && (static_cast<unsigned char>(nulls[c / 8]) >> (7 - c % 8) & 1) != 0;
            columns[c].addBinary(bytes, isNull);
        }
    }

    void closeTable() {
        if (table_ && table_->kept && (!chosen_ || table_->rows > 0))
            chosen_ = std::move(table_);
        table_.reset();
    }

    Table finish(std::vector<std::string>& notes) {
        if (serviceFailed_)
            fail("it is a service's error message" +
                     (serviceMessage_.empty() ? std::string() : ": " + serviceMessage_),
                 "ask the service again");
        if (!chosen_ && !wanted_.empty() && tables_ > 0)
            fail("it has no table '" + wanted_ + "'", "name one of " + joined(names_, ", "));
        if (!chosen_ || chosen_->columns.empty())
            fail("it holds no table", "name another file");
        notes.insert(notes.end(), notes_.begin(), notes_.end());
        if (tables_ > 1)
            notes.push_back("of its " + std::to_string(tables_) + " tables " +
                            (chosen_->name.empty() ? "one" : "'" + escaped(chosen_->name) + "'") +
                            " was read (" + joined(names_, ", ") + (tables_ > mostNamed ? " …" : "") + ")");
        if (chosen_->raggedRows > 0)
            notes.push_back(std::to_string(chosen_->raggedRows) +
                            " rows have more or fewer cells than there are columns");
        return tableOf(*chosen_, notes);
    }

    Table tableOf(OpenTable& open, std::vector<std::string>& notes) const {
        Table table;
        std::set<std::string> names;
        std::vector<std::string> skipped, expanded;
        int64_t dropped = 0;
        for (size_t i = 0; i < open.columns.size(); ++i) {
            ColumnBuilder& builder = open.columns[i];
            const std::string label = escaped(builder.field().name);
            noteOddities(builder, label, notes);
            if (builder.skipped())
                skipped.push_back("'" + label + "'");
            else if (builder.width() > 1)
                expanded.push_back("'" + label + "'");
            for (Column& column : builder.finish()) {
                if (static_cast<int64_t>(table.columns().size()) >= limits_.columns) {
                    ++dropped;
                    continue;
                }
                makeUnique(column.name, "column_" + std::to_string(i + 1), names);
                table.set(std::move(column));
            }
        }
        if (!skipped.empty())
            notes.push_back("columns of vectors were left out: " + joined(skipped, ", "));
        if (!expanded.empty())
            notes.push_back("columns of vectors became one column per element: " + joined(expanded, ", "));
        if (dropped > 0)
            notes.push_back("only the first " + std::to_string(limits_.columns) + " columns are used, " +
                            std::to_string(dropped) + " were left out");
        return table;
    }

    static void noteOddities(const ColumnBuilder& builder, const std::string& label,
                             std::vector<std::string>& notes) {
        const votable::Oddities& odd = builder.oddities();
        if (odd.unreadable > 0)
            notes.push_back(std::to_string(odd.unreadable) + " cells of column '" + label + "' are no " +
                            builder.field().datatype + " (first: '" + escaped(odd.firstUnreadable) + "')");
        if (odd.cut > 0)
            notes.push_back(std::to_string(odd.cut) + " cells of column '" + label + "' were cut");
    }

    static void makeUnique(std::string& name, const std::string& otherwise, std::set<std::string>& taken) {
        const std::string given = name.empty() ? otherwise : name;
        name = given;
        for (int n = 2; !taken.insert(name).second; ++n)
            name = given + "_" + std::to_string(n);
    }

    const std::string& path_;
    std::string wanted_;
    VoTableLimits limits_;
    std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
    std::exception_ptr fault_;

    std::vector<std::string> elements_; // open ones, without namespace prefix
    std::unique_ptr<OpenTable> table_, chosen_;
    Field field_;
    std::string text_;
    bool collecting_ = false; // the text of the present element is wanted
    bool streamed_ = false;
    Base64 base64_;
    int64_t cells_ = 0, tables_ = 0;
    std::vector<std::string> names_, notes_;
    bool serviceFailed_ = false;
    std::string serviceMessage_;
};

} // namespace

Table parseVoTable(std::string_view bytes, const std::string& path, std::vector<std::string>& notes,
                   const std::string& name, const VoTableLimits& limits) {
    return VoTableParser(path, name, limits).parse(bytes, notes);
}

Table readVoTable(const std::string& path, std::vector<std::string>& notes, const std::string& name,
                  const VoTableLimits& limits) {
    return parseVoTable(openRegular(path).readAll(limits.bytes), path, notes, name, limits);
}

bool looksLikeVoTable(std::string_view firstBytes) {
    if (firstBytes.starts_with("\xef\xbb\xbf"))
        firstBytes.remove_prefix(3);
    const std::string start = trimmed(firstBytes);
    return start.starts_with('<') && start.find("VOTABLE") != std::string::npos;
}

} // namespace galatea
