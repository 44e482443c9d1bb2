#include "app/desktop/column_classes.h"

#include <optional>

#include "core/chart_data.h"
#include "core/column_view.h"
#include "core/text.h"

namespace galatea {

std::shared_ptr<const CatalogueClasses> classesOfCatalogue(const Table& table) {
    auto all = std::make_shared<CatalogueClasses>();
    for (const Column& column : table.columns()) {
        const auto codes = classCodesOf(*ColumnView::ofColumn(column, {}));
        if (!codes)
            continue;
        ColumnClasses classes;
        for (const std::string& name : codes->names)
            classes.names << QString::fromStdString(escaped(name));
        classes.classOf.reserve(codes->code.size());
        for (const uint8_t code : codes->code)
            classes.classOf.push_back(code == ClassCodes::none ? -1 : code);
        all->emplace(column.name, std::move(classes));
    }
    return all;
}

} // namespace galatea
