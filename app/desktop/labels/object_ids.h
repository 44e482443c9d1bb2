#pragma once
// The ids of the open objects, for threads that outlive what the document shows.

#include <string>

#include "app/desktop/document.h"

namespace galatea {

struct ObjectIds {
    DatasetPtr data;                ///< keeps the column
    const Column* column = nullptr; ///< nullptr: the latents' ids
    LatentsPtr latents;             ///< may be nullptr
    int64_t count = 0;

    static ObjectIds of(const Document& document) {
        const Table* catalogue = document.catalogue();
        return {document.data().data, catalogue ? catalogue->find("id") : nullptr, document.latents().latents,
                document.objectCount()};
    }
    /// By which labels are kept; the row's number where the files give none. Empty outside the objects.
    std::string at(int64_t row) const {
        if (row < 0 || row >= count)
            return {};
        if (column)
            return column->text(row);
        if (latents && static_cast<size_t>(row) < latents->id.size())
            return latents->id[static_cast<size_t>(row)];
        return std::to_string(row);
    }
};

} // namespace galatea
