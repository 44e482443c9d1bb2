#pragma once
// Inside engine/io only: a table as the rows of a FITS binary table (FITS Standard 4.0, section 7.3).

#include <cstdint>
#include <string>
#include <vector>

#include "core/table.h"
#include "io/fits_cards.h"

namespace galatea {

class FitsTableLayout {
  public:
    /// `path` is for messages; the table must outlive this. Throws UsageError for what a FITS table cannot
    /// hold, std::invalid_argument for a table without columns.
    FitsTableLayout(const Table& table, const std::string& path);

    int64_t rowBytes() const { return rowBytes_; }
    void addCards(FitsCardText& text) const; ///< TFIELDS and what describes the columns
    void appendRow(int64_t row, std::string& bytes) const;
    /// What the texts lost.
    void note(std::vector<std::string>& notes) const;

  private:
    struct Field {
        const Column* column = nullptr;
        std::string name; ///< TTYPE
        size_t width = 8;
    };
    void measureTexts(Field& field);

    std::vector<Field> fields_;
    int64_t rowBytes_ = 0;
    int64_t escapedTexts_ = 0, shortenedTexts_ = 0;
};

} // namespace galatea
