#pragma once
// The columns of a catalogue that tell classes: few distinct values, text or whole numbers. Found once, where
// the catalogue is read.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <QStringList>

#include "core/table.h"

namespace galatea {

struct ColumnClasses {
    std::vector<int> classOf; ///< [N] index into `names`; −1 where the cell is empty
    QStringList names;        ///< distinct texts in order, made harmless for display
};

/// By the column's name; those that are a continuum are left out: numbers that are not whole, or more than 24
/// distinct values.
using CatalogueClasses = std::map<std::string, ColumnClasses>;
std::shared_ptr<const CatalogueClasses> classesOfCatalogue(const Table& table);

} // namespace galatea
