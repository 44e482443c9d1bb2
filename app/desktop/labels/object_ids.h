#pragma once
// The ids of the open objects, for threads that outlive what the document shows.

#include <string>

#include "app/desktop/document.h"

namespace galatea {

struct ObjectIds {
    DatasetPtr data;    ///< nullptr: the latents' ids
    LatentsPtr latents; ///< may be nullptr
    int64_t count = 0;

    static ObjectIds of(const Document& document) {
        return {document.hasImages() ? document.data().data : nullptr, document.latents().latents,
                document.objectCount()};
    }
    /// As Document::objectId().
    std::string at(int64_t row) const {
        if (data)
            if (const Column* id = data->catalog().find("id"))
                return id->text(row);
        if (latents && static_cast<size_t>(row) < latents->id.size())
            return latents->id[static_cast<size_t>(row)];
        return std::to_string(row);
    }
};

} // namespace galatea
